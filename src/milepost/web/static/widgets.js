// How an answer is given, by the kind of the label set.
import { COLOURS, el } from "/static/dom.js"
import { shown } from "/static/keys.js"
import { Shapes } from "/static/shapes.js"

const FEW = 36 // of more labels those that fit what is typed are shown

export function widget(root, set, keys, stage, changed) {
  const kinds = { choice: Choice, tags: Choice, number: Numbers, vector: Numbers, pair: Fixed, like: Fixed }
  const made = new (kinds[set.kind] || Shapes)(set, keys, changed, stage, Picker)
  root.replaceChildren(made.root)
  return made
}

// Labels to choose from: all as buttons where they are few, else found as one types.
export class Picker {
  constructor(set, keys, chosen) {
    this.set = set
    this.keys = keys
    this.chosen = chosen
    this.names = new Map(set.labels.map(label => [label.id, label]))
    this.list = el("div", { class: "labels", role: "group", "aria-label": "Labels" })
    this.root = el("div", {}, this.list)
    if (set.count > FEW) {
      this.input = el("input", { type: "search", placeholder: `Find among ${set.count.toLocaleString("en")} labels`, "aria-label": "Find a label", autocomplete: "off", maxlength: 200, oninput: () => this.search(), onkeydown: event => this.typed(event) })
      this.root.prepend(el("div", { class: "finder" }, this.input))
    }
    this.draw(set.labels.slice(0, FEW))
  }

  draw(labels) {
    this.list.replaceChildren(...labels.map((label, i) => {
      const key = this.keys.label(label.id)
      return el("button", { type: "button", class: "label quiet", "data-id": label.id, title: label.note, "aria-pressed": "false", onclick: event => { event.currentTarget.blur(); this.chosen(label.id) } },
        this.coloured ? el("i", { class: "dot", style: `background:${COLOURS[this.place(label.id)]}` }) : null,
        el("span", {}, label.path), key ? el("kbd", {}, shown(key)) : null)
    }))
    this.mark(this.marked || [])
  }

  place(id) { return Math.max(0, [...this.names.keys()].indexOf(id)) % COLOURS.length }

  name(id) { return this.names.get(id) ? this.names.get(id).path : id }

  // Asks for labels that the page was not sent, as an old answer may name; `then` follows where some came.
  async learn(ids, then) {
    const missing = [...new Set(ids)].filter(id => !this.names.has(id))
    if (!missing.length || this.set.count === this.set.labels.length) return
    try {
      const found = await (await fetch(`/label/find.json?${missing.map(id => `id=${encodeURIComponent(id)}`).join("&")}${this.set.of.replace("?", "&")}`)).json()
      found.labels.forEach(label => this.names.has(label.id) || this.names.set(label.id, label))
      if (found.labels.length) then()
    } catch { /* without a connection they are shown by id */ }
  }

  async search() {
    const typed = this.input.value
    if (!typed.trim()) return this.draw(this.set.labels.slice(0, FEW))
    try {
      const found = await (await fetch(`/label/find.json?typed=${encodeURIComponent(typed)}${this.set.of.replace("?", "&")}`)).json()
      if (typed !== this.input.value) return
      found.labels.forEach(label => this.names.has(label.id) || this.names.set(label.id, label))
      this.best = found.labels[0]
      this.draw(found.labels)
    } catch {
      const words = typed.toLowerCase().split(/\s+/)
      this.draw(this.set.labels.filter(label => words.every(word => label.path.toLowerCase().includes(word))).slice(0, 20))
    }
  }

  async typed(event) {
    if (event.key !== "Enter") return
    event.preventDefault()
    if (this.input.value.trim()) await this.search()
    const first = this.list.querySelector("[data-id]")
    if (!first || !this.input.value.trim()) return this.input.blur()
    this.input.value = ""
    this.input.blur()
    this.chosen(first.dataset.id)
    this.draw(this.set.labels.slice(0, FEW))
  }

  find() { if (this.input) this.input.focus() }

  mark(ids) {
    this.marked = ids
    for (const button of this.list.children) button.setAttribute("aria-pressed", String(ids.includes(button.dataset.id)))
  }
}

class Choice {
  constructor(set, keys, changed) {
    this.several = set.kind === "tags"
    this.changed = changed
    this.ids = []
    this.picker = new Picker(set, keys, id => this.choose(id))
    this.told = el("p", { class: "chosen", role: "status" })
    this.root = el("div", {}, el("h2", {}, this.several ? "Which of these?" : "Which one?"), this.told, this.picker.root)
    this.draw()
  }

  choose(id) {
    if (!this.picker.names.has(id)) return
    const had = this.ids.includes(id)
    this.ids = this.several ? (had ? this.ids.filter(one => one !== id) : [...this.ids, id]) : [id]
    this.draw()
    this.changed()
  }

  draw() {
    this.picker.mark(this.ids)
    this.told.textContent = this.ids.map(id => this.picker.name(id)).join(", ") || (this.several ? "none of them" : "nothing chosen")
  }

  find() { this.picker.find() }

  value() { return this.several ? [...this.ids].sort() : this.ids[0] }

  set(value) {
    const all = this.picker.set.count === this.picker.set.labels.length
    this.ids = (this.several ? value : [value]).filter(id => !all || this.picker.names.has(id))
    this.draw()
    this.picker.learn(this.ids, () => this.draw())
  }
}

class Numbers {
  constructor(set, keys, changed) {
    this.one = set.kind === "number"
    const names = this.one ? ["Number"] : set.labels.map(label => label.name)
    this.inputs = names.map(name => el("input", { type: "number", step: "any", inputmode: "decimal", oninput: changed, "aria-label": name }))
    this.root = el("div", { class: "numbers" }, el("h2", {}, this.one ? "Which number?" : "Which numbers?"),
      ...this.inputs.map((input, i) => el("label", {}, el("span", {}, names[i]), input)))
    setTimeout(() => this.inputs[0] && this.inputs[0].focus())
  }

  find() { this.inputs[0].focus() }

  value() {
    const found = this.inputs.map(input => input.value === "" ? null : Number(input.value))
    if (found.includes(null)) return undefined
    return this.one ? found[0] : found
  }

  set(value) { (this.one ? [value] : value).forEach((number, i) => { if (this.inputs[i]) this.inputs[i].value = number }) }
}

class Fixed {
  constructor(set, keys, changed) {
    const pair = set.kind === "pair"
    this.answers = pair ? [["a", "A is better"], ["b", "B is better"], ["same", "No difference"]] : [[true, "Like this"], [false, "Not like this"]]
    this.changed = changed
    this.buttons = this.answers.map(([value, words], i) => el("button", { type: "button", class: "label quiet", "aria-pressed": "false",
      onclick: event => { event.currentTarget.blur(); this.set(value); changed() } }, el("span", {}, words), el("kbd", {}, String(i + 1))))
    this.root = el("div", {}, el("h2", {}, pair ? "Which is better?" : "Is it like the example?"), el("div", { class: "labels" }, ...this.buttons))
  }

  press(event) {
    const place = "123".indexOf(event.key)
    if (place < 0 || event.ctrlKey || event.altKey || !this.answers[place]) return false
    this.set(this.answers[place][0])
    this.changed()
    return true
  }

  set(value) {
    this.now = value
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(this.answers[i][0] === value)))
  }

  value() { return this.now }
}
