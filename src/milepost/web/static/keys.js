// Which key does what: the usual ones, those of the labels, and what the person made of both.
import { el } from "/static/dom.js"

export function pressed(event) {
  const name = event.key.length === 1 ? (event.key === " " ? "Space" : event.key) : event.key
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + name
}

const SHORT = { Enter: "⏎", Backspace: "⌫", ArrowLeft: "←", ArrowRight: "→", "Ctrl+s": "Ctrl S", z: "Z" }
export const shown = key => SHORT[key] || (key && key.length === 1 ? key.toUpperCase() : key || "")

export class Keys {
  constructor(kept, labels, actions) {
    this.actions = actions
    this.labels = labels
    this.take(kept)
  }

  take(kept) {
    this.of = { ...kept }
    const used = new Set(Object.values(this.of))
    for (const label of this.labels) {
      if (!this.of[`label:${label.id}`] && label.key && !used.has(label.key)) this.of[`label:${label.id}`] = label.key
    }
    this.by = new Map(Object.entries(this.of).map(([what, key]) => [key, what]))
  }

  what(event) {
    const key = pressed(event)
    return this.by.get(key) || (key.length === 1 && this.by.get(key.toLowerCase())) || ""
  }

  label(id) { return this.of[`label:${id}`] || "" }

  // Draws the table of keys; each button waits for the key that it shall be.
  table(root) {
    const wanted = { ...this.of }
    const names = [...Object.entries(this.actions), ...this.labels.map(one => [`label:${one.id}`, one.path])]
    root.replaceChildren(...names.map(([what, words]) => {
      const button = el("button", { type: "button", class: "quiet key", "aria-label": `Key of ${words}` }, shown(wanted[what]) || "none")
      button.addEventListener("click", () => {
        button.textContent = "press…"
        button.addEventListener("keydown", function hear(event) {
          if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return
          button.removeEventListener("keydown", hear)
          button.textContent = shown(wanted[what]) || "none"
          if (event.key === "Tab") return
          event.preventDefault()
          event.stopPropagation()
          if (event.key !== "Escape") wanted[what] = pressed(event)
          button.textContent = shown(wanted[what]) || "none"
        })
      })
      return el("div", { class: "pair" }, el("span", {}, words), button)
    }))
    return () => Object.fromEntries(Object.entries(wanted).filter(([, key]) => key))
  }
}
