// A picture that is looked at closely: zoom, pan, brightness, by keys, wheel and pointer.
import { el } from "/static/dom.js"

const STEP = 1.25

export class Picture {
  constructor(loaded, source) {
    this.img = loaded || new Image()
    if (!loaded) this.img.src = source
    this.img.alt = "the picture to label"
    this.img.draggable = false
    this.zoom = 1
    this.x = this.y = 0
    this.light = 1
    this.sheet = el("div", { class: "spread" }, this.img)
    this.pane = el("div", { class: "pane" }, this.sheet)
    const slider = el("input", { type: "range", min: 0.3, max: 3, step: 0.1, value: 1, oninput: () => this.brighten(Number(slider.value)) })
    this.slider = slider
    this.root = el("div", { class: "picture" }, this.pane, el("div", { class: "tools" },
      this.tool("−", "Smaller (-)", () => this.grow(1 / STEP)), this.tool("+", "Larger (+)", () => this.grow(STEP)),
      this.tool("fit", "Whole picture (0)", () => this.fit()), el("label", {}, "Light ", slider)))
    this.pane.addEventListener("wheel", event => { event.preventDefault(); this.grow(event.deltaY < 0 ? STEP : 1 / STEP, event) }, { passive: false })
    this.pane.addEventListener("pointerdown", event => this.drag(event))
    new ResizeObserver(() => this.place()).observe(this.pane)
    this.img.addEventListener("load", () => this.fit())
    this.img.addEventListener("error", () => this.pane.replaceChildren(el("p", { class: "quietly" }, "This picture cannot be shown here.")))
  }

  tool(text, title, act) {
    return el("button", { type: "button", class: "quiet", title, "aria-label": title, onclick: act }, text)
  }

  get width() { return this.img.naturalWidth || 1 }
  get height() { return this.img.naturalHeight || 1 }

  get scale() {
    const { clientWidth: w, clientHeight: h } = this.pane
    return Math.min(w / this.width, h / this.height, 12) * this.zoom
  }

  fit() {
    this.zoom = 1
    this.x = this.y = 0
    this.place()
  }

  place() {
    const { clientWidth: w, clientHeight: h } = this.pane, scale = this.scale
    const style = this.sheet.style
    style.width = `${this.width * scale}px`
    style.height = `${this.height * scale}px`
    style.left = `${(w - this.width * scale) / 2 + this.x}px`
    style.top = `${(h - this.height * scale) / 2 + this.y}px`
    this.img.style.imageRendering = scale > 3 ? "pixelated" : "auto"
    if (this.placed) this.placed(scale)
  }

  grow(by, event) {
    const next = Math.min(40, Math.max(1, this.zoom * by)), factor = next / this.zoom
    const box = this.pane.getBoundingClientRect()
    const [cx, cy] = event ? [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2] : [0, 0]
    this.x = next === 1 ? 0 : cx - (cx - this.x) * factor
    this.y = next === 1 ? 0 : cy - (cy - this.y) * factor
    this.zoom = next
    this.place()
  }

  brighten(to) {
    this.light = Math.min(3, Math.max(0.3, to))
    this.slider.value = this.light
    this.img.style.filter = `brightness(${this.light})`
  }

  drag(event) {
    if (this.tooled && event.button === 0) return // the tool draws; the middle button pans
    if (this.zoom === 1) return
    event.preventDefault()
    const from = [event.clientX - this.x, event.clientY - this.y]
    const move = next => { this.x = next.clientX - from[0]; this.y = next.clientY - from[1]; this.place() }
    this.pane.setPointerCapture(event.pointerId)
    this.pane.addEventListener("pointermove", move)
    this.pane.addEventListener("pointerup", () => this.pane.removeEventListener("pointermove", move), { once: true })
  }

  // Where a pointer is, in pixels of the picture as it is shown upright.
  at(event) {
    const box = this.sheet.getBoundingClientRect()
    const clip = (value, most) => Math.round(Math.min(Math.max(value, 0), most) * 100) / 100
    return [clip((event.clientX - box.left) / box.width * this.width, this.width), clip((event.clientY - box.top) / box.height * this.height, this.height)]
  }

  press(event) {
    const pan = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key]
    if (event.shiftKey && pan) {
      this.x += pan[0]
      this.y += pan[1]
      this.place()
    } else if (event.key === "+" || event.key === "=") this.grow(STEP)
    else if (event.key === "-") this.grow(1 / STEP)
    else if (event.key === "0") this.fit()
    else if (event.key === "[") this.brighten(this.light - 0.1)
    else if (event.key === "]") this.brighten(this.light + 0.1)
    else return false
    return true
  }
}
