// A brush that paints masks: one layer a label, of the picture's own pixels.
const CLEAR = 128

export class Brush {
  constructor(picture, shapes) {
    Object.assign(this, { picture, shapes, layers: new Map(), radius: 12, waiting: null })
  }

  // Called when the picture has its size; layers are made when they are first painted on.
  size() {
    const { width, height } = this.picture
    if (width === 1 || this.known === `${width} ${height}`) return
    this.known = `${width} ${height}`
    this.radius = Math.max(2, Math.round(Math.max(width, height) / 40))
    if (this.waiting) this.set(this.waiting)
  }

  layer(label) {
    if (!this.layers.has(label)) {
      const canvas = document.createElement("canvas")
      canvas.width = this.picture.width
      canvas.height = this.picture.height
      canvas.className = "drawing"
      this.picture.img.after(canvas)
      this.layers.set(label, canvas)
    }
    return this.layers.get(label)
  }

  begin(point, label, erase) {
    this.pen = this.layer(label).getContext("2d", { willReadFrequently: true })
    Object.assign(this.pen, { lineCap: "round", lineJoin: "round", lineWidth: 2 * this.radius, strokeStyle: this.shapes.colour(label) })
    this.pen.globalCompositeOperation = erase ? "destination-out" : "source-over"
    this.last = point
    this.go(point)
  }

  go(point) {
    if (!this.pen) return
    this.pen.beginPath()
    this.pen.moveTo(...this.last)
    this.pen.lineTo(...point)
    this.pen.stroke()
    this.last = point
  }

  end() { this.pen = null }

  resize(by) { this.radius = Math.min(400, Math.max(1, this.radius * by)) }

  wipe(label) {
    this.layers.get(label).remove()
    this.layers.delete(label)
  }

  told() { return [...this.layers.keys()] }

  value() {
    if (this.waiting) return this.waiting // the picture has not come yet
    const found = []
    for (const [label, canvas] of this.layers) {
      const { width, height } = canvas
      const rle = runs(canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height).data)
      if (rle.length > 1) found.push({ label, rle, width, height })
    }
    return found
  }

  set(value) {
    this.waiting = value
    if (!this.known) return
    this.waiting = null
    for (const { label, rle, width, height } of value) {
      const canvas = this.layer(label), pen = canvas.getContext("2d", { willReadFrequently: true })
      const image = pen.createImageData(width, height), colour = parseInt(this.shapes.colour(label).slice(1), 16)
      let at = 0
      rle.forEach((length, i) => {
        if (i % 2) for (let p = at; p < at + length; p++) image.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], 4 * p)
        at += length
      })
      pen.putImageData(image, 0, 0)
    }
  }
}

// Lengths of runs, row by row, beginning with pixels that are not set.
export function runs(rgba) {
  const found = []
  let set = false, length = 0
  for (let i = 3; i < rgba.length; i += 4) {
    if ((rgba[i] >= CLEAR) !== set) {
      found.push(length)
      set = !set
      length = 0
    }
    length++
  }
  found.push(length)
  return found
}
