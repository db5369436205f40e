// What an item shows: pictures, sounds, texts, the fields of a row; a pair side by side.
import { el } from "/static/dom.js"
import { Picture } from "/static/picture.js"
import { Sound } from "/static/sound.js"

const REFERENCE = /^(image|sound):([0-9a-f]{64})$/
const ready = new Map() // pictures that were loaded before they are shown

export const address = (item, digest, base = "/label/media", of = "") => `${base}/${item.id}/${digest}${of}`

function* media(content) {
  if (typeof content === "string") {
    const found = REFERENCE.exec(content)
    if (found) yield [found[1], found[2]]
  } else if (content && typeof content === "object") {
    for (const inner of Object.values(content)) yield* media(inner)
  }
}

export function preload(item, of) {
  for (const [kind, digest] of media(item.content)) {
    const source = address(item, digest, "/label/media", of)
    if (kind === "sound") fetch(source).catch(() => {})
    else if (!ready.has(source)) {
      const picture = new Image()
      picture.src = source
      picture.decode().catch(() => ready.delete(source))
      ready.set(source, picture)
    }
  }
  for (const source of [...ready.keys()].slice(0, Math.max(0, ready.size - 24))) ready.delete(source)
}

export class Stage {
  constructor(root, base, of = "") {
    this.root = root
    this.base = base
    this.of = of
    this.pictures = []
    this.sounds = []
  }

  clear(text) {
    this.pictures = []
    this.sounds = []
    this.root.replaceChildren(el("p", { class: "quietly" }, text))
  }

  show(item, kind) {
    this.item = item
    this.pictures = []
    this.sounds.forEach(sound => sound.stop())
    this.sounds = []
    const content = item.content
    const side = kind === "pair" && content && typeof content === "object" && "a" in content && "b" in content
    if (side) {
      const { a, b, ...rest } = content
      const both = el("div", { class: "both" }, ...[["A", a], ["B", b]].map(([name, part]) =>
        el("section", { class: "side", "aria-label": name }, el("h2", {}, name), this.draw(part))))
      this.root.replaceChildren(...(Object.keys(rest).length ? [this.draw(rest)] : []), both)
    } else this.root.replaceChildren(this.draw(content))
    this.pictures.forEach(picture => picture.fit())
  }

  draw(content) {
    if (content === null || content === undefined) return el("span", { class: "gone" }, "missing")
    if (typeof content === "string") {
      const found = REFERENCE.exec(content)
      if (!found) return el("div", { class: content.length > 60 ? "text" : "text short" }, content)
      const source = address(this.item, found[2], this.base, this.of)
      const made = found[1] === "image" ? new Picture(ready.get(source), source) : new Sound(source)
      ;(found[1] === "image" ? this.pictures : this.sounds).push(made)
      return made.root
    }
    if (typeof content !== "object") return el("div", { class: "text short" }, String(content))
    const parts = Array.isArray(content) ? content.map((part, i) => [i + 1, part]) : Object.entries(content)
    const large = ([, part]) => typeof part === "string" && (REFERENCE.test(part) || part.length > 60)
    if (parts.length === 1) return this.draw(parts[0][1])
    const rows = parts.filter(part => !large(part))
    const made = parts.filter(large).map(([name, part]) =>
      el("figure", {}, this.draw(part), REFERENCE.test(part) ? null : el("figcaption", {}, String(name))))
    if (rows.length) {
      made.push(el("table", { class: "fields-of" }, el("tbody", {}, ...rows.map(([name, part]) =>
        el("tr", {}, el("th", { scope: "row" }, String(name)), el("td", {}, this.cell(part)))))))
    }
    return el("div", { class: "parts" }, ...made)
  }

  cell(part) {
    if (part === null) return el("span", { class: "gone" }, "missing")
    return typeof part === "object" ? this.draw(part) : String(part)
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false
    return this.sounds.some(sound => sound.press(event)) || this.pictures.some(picture => picture.press(event))
  }
}
