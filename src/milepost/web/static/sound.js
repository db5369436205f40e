// A sound: its waveform drawn from the samples, and a player; Space plays and stops.
import { el } from "/static/dom.js"

export class Sound {
  constructor(source) {
    this.canvas = el("canvas", { class: "wave", width: 1200, height: 180, role: "img", "aria-label": "Waveform" })
    this.audio = el("audio", { controls: true, src: source, preload: "auto" })
    this.root = el("div", { class: "sound" }, this.canvas, this.audio)
    this.canvas.addEventListener("pointerdown", event => this.seek(event.offsetX / this.canvas.clientWidth))
    this.audio.addEventListener("timeupdate", () => this.draw())
    this.load(source)
  }

  async load(source) {
    try {
      const bytes = await (await fetch(source)).arrayBuffer()
      const found = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(bytes)
      this.peaks = peaks(found.getChannelData(0), this.canvas.width)
      this.canvas.dataset.samples = found.length
    } catch { this.peaks = [] }
    this.draw()
  }

  draw() {
    const pen = this.canvas.getContext("2d"), { width, height } = this.canvas
    const colour = getComputedStyle(this.canvas)
    pen.clearRect(0, 0, width, height)
    pen.fillStyle = colour.color
    ;(this.peaks || []).forEach(([low, high], x) => pen.fillRect(x, (1 - high) * height / 2, 1, Math.max(1, (high - low) * height / 2)))
    pen.fillStyle = colour.borderTopColor
    if (this.audio.duration) pen.fillRect(this.audio.currentTime / this.audio.duration * width, 0, 2, height)
  }

  seek(share) { if (this.audio.duration) this.audio.currentTime = share * this.audio.duration }

  stop() { this.audio.pause() }

  press(event) {
    if (event.key !== " ") return false
    this.audio.paused ? this.audio.play() : this.audio.pause()
    return true
  }
}

// The lowest and highest sample of each column of the drawing.
export function peaks(samples, columns) {
  const found = []
  for (let x = 0; x < columns; x++) {
    let low = 0, high = 0
    const end = Math.floor((x + 1) * samples.length / columns)
    for (let i = Math.floor(x * samples.length / columns); i < end; i++) {
      if (samples[i] < low) low = samples[i]
      if (samples[i] > high) high = samples[i]
    }
    found.push([low, high])
  }
  return found
}
