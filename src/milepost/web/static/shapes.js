// Boxes, polygons and masks on a picture, by pointer or by keys.
// Space brings a cross that the arrows move; Space again sets a point; Escape takes the cross away.
import { COLOURS, el, svg } from "/static/dom.js"
import { Brush } from "/static/brush.js"

const HINT = {
  boxes: "Drag a box. Keys: Space sets a corner, arrows move, Space sets the other.",
  polygons: "Click the corners, and the first again to close. Keys: Space sets a corner, arrows move, C closes.",
  mask: "Paint; Alt erases. Keys: Space puts the brush down and lifts it, arrows move; , and . size it.",
}

export class Shapes {
  constructor(set, keys, changed, stage, Picker) {
    Object.assign(this, { set_: set, kind: set.kind, changed, shapes: [], open: null, cross: null, chosen: -1 })
    this.picture = stage.pictures[0]
    this.picker = new Picker(set, keys, id => this.choose(id))
    this.picker.coloured = true
    this.picker.draw(set.labels.slice(0, 36))
    this.list = el("ul", { class: "shapes" })
    this.root = el("div", {}, el("h2", {}, "Which, and where?"), this.picker.root, el("p", { class: "hint" }, HINT[set.kind]), this.list)
    this.label = set.labels.length ? set.labels[0].id : ""
    if (this.picture) this.lay()
    else this.list.append(el("li", {}, "This item has no picture to draw on."))
    this.draw()
  }

  lay() {
    const picture = this.picture
    picture.tooled = true
    picture.sheet.querySelectorAll("svg, canvas").forEach(old => old.remove())
    this.svg = svg("svg", { class: "drawing", "aria-hidden": "true" })
    if (this.kind === "mask") this.brush = new Brush(picture, this)
    picture.sheet.append(this.svg)
    picture.placed = scale => {
      this.scale = scale
      this.svg.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`)
      if (this.brush) this.brush.size()
      this.draw()
    }
    picture.place()
    const on = (name, act) => this.svg.addEventListener(name, act)
    on("pointerdown", event => {
      if (event.button !== 0) return
      event.preventDefault()
      this.svg.setPointerCapture(event.pointerId)
      this.dragging = true
      this.down(picture.at(event), event.altKey)
    })
    on("pointermove", event => (this.dragging || this.kind === "polygons") && this.move(picture.at(event)))
    on("pointerup", event => { if (this.dragging) { this.dragging = false; this.up(picture.at(event)) } })
  }

  down([x, y], erase = false) {
    if (this.kind === "boxes") this.open = { label: this.label, from: [x, y], to: [x, y] }
    else if (this.kind === "mask") this.brush.begin([x, y], this.label, erase)
    else if (!this.open) this.open = { label: this.label, points: [[x, y]], to: [x, y] }
    else if (this.open.points.length > 2 && this.near([x, y], this.open.points[0])) this.close()
    else this.open.points.push([x, y])
    this.draw()
  }

  move(point) {
    if (this.kind === "mask") this.brush.go(point)
    else if (this.open) this.open.to = point
    this.draw()
  }

  up(point) {
    if (this.kind === "mask") {
      this.brush.end()
      this.changed()
    } else if (this.kind === "boxes" && this.open) {
      const [x, y] = this.open.from.map((from, i) => Math.min(from, point[i]))
      const [w, h] = this.open.from.map((from, i) => Math.round(Math.abs(from - point[i]) * 100) / 100)
      if (w >= 1 && h >= 1) this.add({ label: this.open.label, x, y, w, h })
      this.open = null
    }
    this.draw()
  }

  near(a, b) { return Math.hypot(a[0] - b[0], a[1] - b[1]) * (this.scale || 1) < 10 }

  close() {
    if (this.open && new Set(this.open.points.map(String)).size >= 3) this.add({ label: this.open.label, points: this.open.points })
    this.open = null
    this.draw()
  }

  // What is drawn and not yet closed, closed: it is part of the answer.
  finish() { if (this.kind === "polygons" && this.open) this.close() }

  add(shape) {
    this.shapes.push(shape)
    this.chosen = this.shapes.length - 1
    this.changed()
  }

  // A label for what is drawn next, and for the shape that is chosen.
  choose(id) {
    if (!this.picker.names.has(id)) return
    this.label = id
    if (this.shapes[this.chosen]) {
      this.shapes[this.chosen].label = id
      this.changed()
    }
    this.draw()
  }

  find() { this.picker.find() }

  press(event) {
    if (!this.picture || event.ctrlKey || event.altKey) return false
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (event.key === " ") this.space()
    else if (arrow && this.cross) this.step(arrow, event.shiftKey)
    else if (event.key === "Escape" && (this.cross || this.open || this.chosen >= 0)) this.leave()
    else if (event.key === "Delete" && this.shapes[this.chosen]) this.remove(this.chosen)
    else if (event.key === "Enter" && this.kind === "polygons" && this.open) this.close()
    else if (event.key.toLowerCase() === "c" && this.kind === "polygons" && this.open) this.close()
    else if ((event.key === "." || event.key === ",") && this.brush) this.brush.resize(event.key === "." ? 1.25 : 0.8)
    else if (event.key === "." && this.shapes.length) this.chosen = (this.chosen + 1) % this.shapes.length
    else return false
    this.draw()
    return true
  }

  space() {
    const { width, height } = this.picture
    if (!this.cross) this.cross = [Math.round(width / 2), Math.round(height / 2)]
    else if (this.kind === "polygons") this.down([...this.cross])
    else if (this.held) { this.held = false; this.up([...this.cross]) } else { this.held = true; this.down([...this.cross]) }
  }

  step([dx, dy], fine) {
    const { width, height } = this.picture, step = fine ? 1 : Math.max(1, Math.round(Math.max(width, height) / 40))
    this.cross = [Math.min(width, Math.max(0, this.cross[0] + dx * step)), Math.min(height, Math.max(0, this.cross[1] + dy * step))]
    if (this.held || this.kind === "polygons") this.move([...this.cross])
  }

  leave() {
    if (this.held && this.brush) this.brush.end()
    Object.assign(this, { cross: null, open: null, held: false, chosen: -1 })
  }

  remove(place) {
    this.shapes.splice(place, 1)
    this.chosen = -1
    this.changed()
    this.draw()
  }

  colour(id) { return COLOURS[this.picker.place(id)] }

  draw() {
    this.picker.mark([this.label])
    if (!this.svg) return
    const thin = 2 / (this.scale || 1), parts = []
    this.shapes.forEach((shape, i) => parts.push(this.outline(shape, i === this.chosen ? 2 * thin : thin, i)))
    const open = this.open
    if (open && open.from) {
      const [x, y] = open.from.map((from, i) => Math.min(from, open.to[i]))
      parts.push(svg("rect", { x, y, width: Math.abs(open.from[0] - open.to[0]), height: Math.abs(open.from[1] - open.to[1]), fill: "none", stroke: this.colour(open.label), "stroke-width": thin, "stroke-dasharray": 4 * thin }))
    } else if (open) {
      parts.push(svg("polyline", { points: [...open.points, open.to].join(" "), fill: "none", stroke: this.colour(open.label), "stroke-width": thin }))
      parts.push(svg("circle", { cx: open.points[0][0], cy: open.points[0][1], r: 3 * thin, fill: this.colour(open.label) }))
    }
    if (this.cross) {
      const [x, y] = this.cross, { width, height } = this.picture
      const r = this.brush ? this.brush.radius : 5 * thin
      for (const [w, c] of [[2 * thin, "#000"], [thin, "#fff"]]) {
        parts.push(svg("path", { d: `M0 ${y}H${width}M${x} 0V${height}`, stroke: c, "stroke-width": w / 1.5, fill: "none", opacity: 0.7 }))
        parts.push(svg("circle", { cx: x, cy: y, r, fill: "none", stroke: c, "stroke-width": w }))
      }
    }
    this.svg.replaceChildren(...parts)
    const told = this.brush ? this.brush.told() : this.shapes.map(shape => shape.label)
    this.list.replaceChildren(...told.map((label, i) => el("li", { class: i === this.chosen ? "on" : "" },
      el("i", { class: "dot", style: `background:${this.colour(label)}` }), el("span", {}, this.picker.name(label)),
      el("button", { type: "button", class: "quiet", "aria-label": `Remove ${this.picker.name(label)} ${i + 1}`, onclick: () => this.brush ? (this.brush.wipe(label), this.changed(), this.draw()) : this.remove(i) }, "×"))))
  }

  outline(shape, width, place) {
    const look = { fill: this.colour(shape.label), "fill-opacity": 0.12, stroke: this.colour(shape.label), "stroke-width": width }
    const made = shape.points ? svg("polygon", { ...look, points: shape.points.join(" ") })
      : svg("rect", { ...look, x: shape.x, y: shape.y, width: shape.w, height: shape.h, transform: `rotate(${shape.angle || 0} ${shape.x + shape.w / 2} ${shape.y + shape.h / 2})` })
    made.addEventListener("dblclick", () => { this.chosen = place; this.draw() })
    return made
  }

  value() { return this.brush ? this.brush.value() : this.shapes }

  set(value) {
    if (this.brush) this.brush.set(value)
    else this.shapes = value.map(shape => ({ ...shape }))
    this.draw()
    this.picker.learn(value.map(shape => shape.label), () => this.draw())
  }
}
