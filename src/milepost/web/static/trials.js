// Parallel coordinates: a line a trial. Drawn on a canvas, a slice a frame, so that ten thousand stay fluid.
import { el } from "/static/dom.js"

const plane = document.getElementById("plane")
const canvas = plane.querySelector("canvas")
const pen = canvas.getContext("2d")
const form = document.getElementById("keep")
const SLICE = 2500, SHOWN = 10, TOP = 34, FOOT = 42, SIDE = 44, NARROW = 84
const brushes = new Map()
let page, places, order, bands, kept = [], task = 0, wide = 0, tall = 0, drag = null

async function begin() {
  const began = performance.now()
  page = await (await fetch(`/tuning.json?learner=${encodeURIComponent(plane.dataset.learner)}`)).json()
  const fetched = performance.now()
  places = page.axes.map((axis, at) => Float32Array.from(page.trials, line => place(axis, line[at])))
  const loss = page.axes.length - 1
  order = page.trials.map((_, at) => at).sort((a, b) => page.trials[b][loss] - page.trials[a][loss])
  bands = new Uint8Array(order.length)
  order.forEach((at, rank) => { const left = order.length - rank; bands[at] = left <= Math.max(1, order.length / 100) ? 2 : left <= order.length / 10 ? 1 : 0 })
  new ResizeObserver(size).observe(plane)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw)
  size()
  choose()
  canvas.dataset.fetched = Math.round(fetched - began)
  canvas.dataset.ready = Math.round(performance.now() - fetched)
}

function place(axis, value) {
  if (value === null || value === undefined) return NaN
  if (axis.kind === "text") {
    const at = axis.values.indexOf(String(value))
    return at < 0 ? NaN : axis.values.length > 1 ? at / (axis.values.length - 1) : 0.5
  }
  if (axis.high === axis.low) return 0.5
  return axis.kind === "log" ? Math.log(value / axis.low) / Math.log(axis.high / axis.low) : (value - axis.low) / (axis.high - axis.low)
}

const x = at => SIDE + at * (wide - 2 * SIDE) / Math.max(1, page.axes.length - 1)
const y = share => Number.isNaN(share) ? tall - 14 : TOP + (1 - share) * (tall - TOP - FOOT)
const words = number => Math.abs(number) >= 1e5 || (number !== 0 && Math.abs(number) < 1e-3) ? number.toExponential(1) : String(Number(number.toPrecision(4)))
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888"

function size() {
  const scale = devicePixelRatio || 1
  const next = Math.max(plane.clientWidth, page.axes.length * NARROW)
  if (next === wide && tall) return
  wide = next
  tall = 360
  canvas.width = wide * scale
  canvas.height = tall * scale
  canvas.style.width = `${wide}px`
  canvas.style.height = `${tall}px`
  pen.setTransform(scale, 0, 0, scale, 0, 0)
  draw()
}

function draw() {
  cancelAnimationFrame(task)
  const began = performance.now()
  const inside = new Uint8Array(order.length)
  for (const at of kept) inside[at] = 1
  const shades = [colour("--grey"), colour("--accent"), colour("--bad")]
  const some = kept.length < order.length
  const layers = [
    [order.filter(at => some && !inside[at]), () => [shades[0], 0.05]],
    [order.filter(at => inside[at] && bands[at] === 0), () => [shades[0], faint(0.35)]],
    [order.filter(at => inside[at] && bands[at] === 1), () => [shades[1], faint(0.6)]],
    [order.filter(at => inside[at] && bands[at] === 2), () => [shades[2], 0.95]],
  ]
  pen.clearRect(0, 0, wide, tall)
  let layer = 0, from = 0, longest = 0
  const step = () => {
    const start = performance.now()
    let left = SLICE
    while (left > 0 && layer < layers.length) {
      const [list, look] = layers[layer]
      const part = list.slice(from, from + left)
      lines(part, look())
      left -= part.length
      from += part.length
      if (from >= list.length) { layer += 1; from = 0 }
    }
    longest = Math.max(longest, performance.now() - start)
    if (layer < layers.length) { task = requestAnimationFrame(step); return }
    scales()
    canvas.dataset.longest = Math.round(10 * longest) / 10
    canvas.dataset.drawn = Math.round(performance.now() - began)
  }
  step()
}

const faint = most => Math.max(0.06, Math.min(most, 200 / Math.max(1, order.length)))

function lines(part, [stroke, alpha]) {
  if (!part.length) return
  pen.strokeStyle = stroke
  pen.globalAlpha = alpha
  pen.lineWidth = 1
  pen.beginPath()
  for (const at of part) {
    pen.moveTo(x(0), y(places[0][at]))
    for (let axis = 1; axis < places.length; axis += 1) pen.lineTo(x(axis), y(places[axis][at]))
  }
  pen.stroke()
  pen.globalAlpha = 1
}

function scales() {
  pen.font = "12px system-ui, sans-serif"
  pen.textAlign = "center"
  pen.lineJoin = "round"
  const write = (text, across, down, shade) => {
    pen.strokeStyle = colour("--back")
    pen.lineWidth = 4
    pen.strokeText(text, across, down)
    pen.fillStyle = shade
    pen.fillText(text, across, down)
  }
  const ink = colour("--ink"), muted = colour("--muted")
  page.axes.forEach((axis, at) => {
    pen.strokeStyle = ink
    pen.lineWidth = 1
    pen.beginPath()
    pen.moveTo(x(at), TOP)
    pen.lineTo(x(at), tall - FOOT)
    pen.stroke()
    write(cut(axis.name, 13), x(at), 13, ink)
    if (axis.kind === "text") axis.values.forEach(word => write(cut(word, 12), x(at), y(place(axis, word)) + 4, ink))
    else { write(words(axis.high), x(at), TOP - 6, muted); write(words(axis.low), x(at), tall - FOOT + 14, muted) }
    if (places[at].some(Number.isNaN)) write("not set", x(at), tall - 2, muted)
    const brush = brushes.get(at)
    if (brush) {
      pen.fillStyle = colour("--accent")
      pen.globalAlpha = 0.3
      pen.fillRect(x(at) - 8, y(brush[1]), 16, Math.max(2, y(brush[0]) - y(brush[1])))
      pen.globalAlpha = 1
    }
  })
}

const cut = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text

function choose() {
  const tests = [...brushes]
  kept = order.filter(at => tests.every(([axis, [low, high]]) => places[axis][at] >= low - 1e-6 && places[axis][at] <= high + 1e-6))
  draw()
  const best = kept.slice(-SHOWN).reverse()
  document.getElementById("kept").textContent = tests.length ? `${kept.length.toLocaleString("en")} of ${order.length.toLocaleString("en")} trials are kept. The best of them:` : "The best trials:"
  const head = el("tr", {}, el("th", { scope: "col" }, "trial"), ...page.axes.map(axis => el("th", { scope: "col", class: axis.kind === "text" ? "" : "number" }, axis.name)))
  const rows = best.map(at => el("tr", {}, el("td", {}, page.names[at]), ...page.trials[at].map((cell, axis) => el("td", { class: page.axes[axis].kind === "text" ? "" : "number" }, cell === null ? "" : typeof cell === "number" ? words(cell) : String(cell)))))
  document.getElementById("best").replaceChildren(el("thead", {}, head), el("tbody", {}, ...rows))
}

function share(event) { return Math.min(1, Math.max(0, 1 - (event.clientY - canvas.getBoundingClientRect().top - TOP) / (tall - TOP - FOOT))) }

canvas.addEventListener("pointerdown", event => {
  const across = event.clientX - canvas.getBoundingClientRect().left
  const at = page.axes.findIndex((_, axis) => Math.abs(across - x(axis)) < 16)
  if (at < 0) return
  canvas.setPointerCapture(event.pointerId)
  drag = { at, from: share(event) }
})
canvas.addEventListener("pointermove", event => {
  if (!drag) return
  const to = share(event)
  brushes.set(drag.at, [Math.min(drag.from, to), Math.max(drag.from, to)])
  choose()
})
canvas.addEventListener("pointerup", event => {
  if (!drag) return
  if (Math.abs(share(event) - drag.from) < 0.01) { brushes.delete(drag.at); choose() }
  drag = null
})

form.addEventListener("submit", event => {
  event.preventDefault()
  const at = Number(form.elements.axis.value), axis = page.axes[at]
  const read = (name, otherwise) => {
    const text = form.elements[name].value.trim()
    const share = text === "" ? otherwise : place(axis, axis.kind === "text" ? text : Number(text))
    return Number.isNaN(share) ? otherwise : share
  }
  brushes.set(at, [read("low", 0), read("high", 1)])
  choose()
})
form.addEventListener("reset", () => { brushes.clear(); choose() })

begin()
