// The review screen: answers side by side; one is accepted, another put in its place, or the item sent back.
import { Refused, fresh, post } from "/static/outbox.js"
import { Keys } from "/static/keys.js"
import { Stage } from "/static/stage.js"
import { widget } from "/static/widgets.js"
import { el, within } from "/static/dom.js"

const $ = id => document.getElementById(id)
const proof = $("work").dataset.proof
const of = within($("work").dataset.column)
const state = { cases: [], at: 0, changed: false, busy: false }
let page, keys, stage, tool

async function begin() {
  page = await (await fetch(`/review.json${of}`)).json()
  keys = new Keys(page.keys, page.set.labels, {})
  stage = new Stage($("item"), "/review/media", of)
  addEventListener("keydown", press)
  for (const button of document.querySelectorAll("#actions [data-act]")) button.onclick = () => { button.blur(); acts[button.dataset.act]() }
  await next()
}

async function next() {
  try {
    const found = await post(`/review/next${of}`, proof, { count: 3 })
    const before = state.cases[0], now = found.cases[0]
    state.cases = found.cases
    $("counts").textContent = `${found.waiting.toLocaleString("en")} before reviewers`
    $("link").textContent = ""
    if (!before || !now || before.id !== now.id) show() // else it may have been changed already
  } catch (problem) {
    if (problem instanceof Refused) return tell(problem.message)
    $("link").textContent = "No connection."
    setTimeout(next, 3000)
  }
}

function show() {
  const item = state.cases[0]
  $("work").dataset.item = item ? item.id : ""
  $("side").hidden = !item
  if (!item) return stage.clear("Nothing waits for a reviewer now.")
  $("comment").querySelector("input").value = ""
  choose(0)
}

function choose(place) {
  const item = state.cases[0]
  const many = Math.max(1, item.answers.length)
  state.at = (place + many) % many
  state.changed = false
  stage.show(item, page.set.kind)
  tool = widget($("answer"), { ...page.set, of }, keys, stage, () => { state.changed = true; mark() })
  const answer = item.answers[state.at]
  if (answer && answer.value !== null) tool.set(answer.value)
  $("answers").replaceChildren(...item.answers.map((one, i) => el("button", { type: "button", class: "label quiet", "aria-pressed": String(i === state.at), onclick: () => choose(i) },
    el("span", {}, el("b", {}, one.by), ` ${one.words}`, one.comment ? el("small", {}, ` “${one.comment}”`) : null))))
  mark()
}

function mark() {
  document.querySelector("[data-act=settle] span").textContent = state.changed ? "Settle with this answer" : "Accept"
}

async function act(body) {
  const item = state.cases[0]
  if (!item || state.busy) return
  state.busy = true
  const sent = { item: item.id, client: fresh(), version: page.set.version, comment: $("comment").querySelector("input").value, ...body }
  try {
    for (let tries = 0; ; tries++) {
      try { await post(`/review/act${of}`, proof, sent); break } catch (problem) {
        if (problem instanceof Refused || tries > 4) throw problem
        await new Promise(later => setTimeout(later, 1000))
      }
    }
    $("told").hidden = true
    state.cases.shift()
    show()
    next()
  } catch (problem) {
    tell(problem.message || "No connection: this was not settled. Try again.")
    if (problem instanceof Refused) await again(item)
  } finally { state.busy = false }
}

// After a refusal: what is no longer before this reviewer makes room; what is stays as it was changed.
async function again(item) {
  try {
    const found = await post(`/review/next${of}`, proof, { count: 3 })
    if (found.cases.some(one => one.id === item.id)) return
    state.cases = found.cases
    show()
  } catch { $("link").textContent = "No connection." }
}

const acts = {
  settle: () => {
    if (tool.finish) tool.finish()
    return state.changed ? act({ act: "fix", value: tool.value() }) : act({ act: "accept", decision: state.cases[0].answers[state.at].decision })
  },
  back: () => {
    const input = $("comment").querySelector("input")
    if (input.value.trim()) return act({ act: "send back" })
    tell("Say in the comment what is to be looked at, then send it back.")
    input.focus()
  },
  choose: () => choose(state.at + 1),
}

function press(event) {
  if (!state.cases.length || event.isComposing) return
  if (event.target.matches("input:not([type=range]), textarea")) {
    if (event.key === "Escape") event.target.blur()
    if (event.key === "Enter" && event.target.closest("#comment")) acts.back()
    return
  }
  if (event.target.matches("button, a, summary") && (event.key === "Enter" || event.key === " ")) return
  const crossed = tool && tool.cross
  const own = { Enter: "settle", Backspace: "back", ArrowDown: "choose" }[event.key]
  if (own && !crossed) acts[own]()
  else if (event.key === "ArrowUp" && !crossed) choose(state.at - 1)
  else if (!(tool.press && tool.press(event)) && !stage.press(event)) {
    const what = keys.what(event)
    if (!what.startsWith("label:") || !tool.choose) return
    tool.choose(what.slice(6))
  }
  event.preventDefault()
}

function tell(text) {
  $("told").textContent = text
  $("told").hidden = false
  $("told").classList.add("failed")
}

begin()
