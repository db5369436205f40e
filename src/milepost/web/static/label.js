// The labelling screen: shows one item after the other, takes what is decided, and loses none of it.
import { Closed, Outbox, Refused, fresh, post } from "/static/outbox.js"
import { Keys, shown } from "/static/keys.js"
import { Stage, preload } from "/static/stage.js"
import { widget } from "/static/widgets.js"
import { el, within } from "/static/dom.js"

const AHEAD = 4 // the item at hand and three more
const AWAY = 480000 // after so long without a key nobody is at work
const OVER = "Your session is over: sign in again in another tab, then load this page again."
const $ = id => document.getElementById(id)
const work = $("work")
const proof = work.dataset.proof
const of = within(work.dataset.column)
const state = { items: [], at: 0, past: [], done: new Set(), since: 0, alive: 0, leased: 0, empty: false }
let page, keys, box, tool, stage

const send = (path, body) => post(path + of, proof, body)
const draftPlace = id => `${page.place}-work-${id}`

async function begin() {
  page = await (await fetch(`/label.json?column=${encodeURIComponent(work.dataset.column)}`)).json()
  box = new Outbox(`milepost-${page.place}`, act => send("/label/act", act), heard)
  keys = new Keys(page.keys, page.set.labels, page.actions)
  stage = new Stage($("item"), "/label/media", of)
  buttons()
  addEventListener("keydown", press)
  addEventListener("pointerdown", () => { state.alive = Date.now() })
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && over() && wake())
  setInterval(() => Date.now() - state.alive < AWAY && fill(true), 1000 * page.renew)
  await box.flush()
  elsewhere()
  const item = Number(new URLSearchParams(location.search).get("item")) || undefined
  await fill(true, item)
  show()
}

// Decisions on other columns that this browser still holds are sent from here as well.
function elsewhere() {
  for (const [column, place] of Object.entries(page.places)) {
    const other = new Outbox(`milepost-${place}`, act => post(`/label/act${within(column)}`, proof, act), (what, act, answer) => what === "refused" && tell(`${column || "another queue"}: ${answer}`))
    if (place !== page.place) other.flush()
  }
}

function heard(what, act, answer) {
  if (what === "sent") {
    link("")
    if (answer.counts) counts(answer.counts)
    if (answer.act === "late") tell("Others had answered this item by now; your answer is kept and does not count.")
    if (act.act === "draft") tell("Kept as a draft.", true)
    if (answer.item && !act.item) putBack(answer.item)
    if (answer.others) line("seen", `The item before: ${said(answer.others)}`)
  } else if (what === "refused") {
    tell(answer)
    const back = state.past.find(one => one.client === act.client)
    state.past = state.past.filter(one => one !== back)
    if (back) putBack({ ...back.item, value: act.value })
    fill(true) // the labels may have changed, which is why
  } else {
    const waiting = box.all().length
    link(`${what === "closed" ? OVER : "No connection."} ${waiting} ${waiting === 1 ? "decision waits" : "decisions wait"} in this browser and will be sent.`)
  }
}

// Whether the leases of what is at hand have run out since they were last renewed.
const over = () => state.leased > 0 && Date.now() - state.leased >= 1000 * page.lease

// After a pause that long, asks anew; whether the item at hand is still this person's, as far as can be known.
async function wake() {
  const before = state.items[state.at]
  await fill(true)
  return before === state.items[state.at]
}

// Asks for items until enough are at hand; `always` renews leases also where there are enough.
async function fill(always = false, item = undefined) {
  if (!always && state.items.length - state.at >= AHEAD) return
  const waits = box.all().length, asked = Date.now(), stale = over()
  let given
  try { given = await send("/label/next", { count: Math.max(AHEAD, stale ? state.items.length : 0) + waits, item }) } catch (problem) {
    if (problem instanceof Refused) tell(problem.message)
    else link(problem instanceof Closed ? OVER : `No connection. ${waits} wait.`)
    if (!state.items.length) setTimeout(() => fill(true).then(show), 3000)
    return
  }
  link("")
  const renewed = given.version !== page.set.version
  if (renewed) await renew()
  counts(given.counts)
  const gone = stale && drop(new Set(given.items.map(one => one.id)))
  state.leased = asked
  const have = new Set(state.items.map(one => one.id))
  const fit = one => !have.has(one.id) && !box.holds(one.id) && (!state.done.has(one.id) || one.state === "returned")
  const more = given.items.filter(fit)
  state.items.push(...more)
  more.forEach(one => preload(one, of))
  state.empty = given.items.length === 0
  if (gone) tell("You were away for longer than items are held: another one has come.", true)
  if (renewed || gone) {
    $("told").dataset.of = "keep"
    show()
  }
}

// Takes away what others may have been given meanwhile; whether the item that is shown is among it.
function drop(held) {
  const at = state.items[state.at]
  state.items = state.items.filter(one => one.state !== "leased" || held.has(one.id))
  state.at = Math.max(0, state.items.indexOf(at))
  return state.items[state.at] !== at
}

async function renew() {
  const before = page.keys
  page = { ...(await (await fetch(`/label.json?column=${encodeURIComponent(work.dataset.column)}`)).json()), keys: before }
  keys = new Keys(page.keys, page.set.labels, page.actions)
  state.done.clear()
  tell("The labels have changed.", true)
}

function show() {
  const item = state.items[state.at]
  work.dataset.item = item ? item.id : ""
  $("side").hidden = !item
  if (!item) {
    tool = null
    stage.clear(state.empty ? "Nothing waits for you now. New items appear here by themselves." : "Waiting for items…")
    clearTimeout(state.timer)
    state.timer = setTimeout(() => fill(true).then(() => state.items.length ? show() : null), 5000)
    return
  }
  const kept = localStorage.getItem(draftPlace(item.id))
  stage.show(item, page.set.kind)
  beside(item)
  tool = widget($("answer"), { ...page.set, of }, keys, stage, () => localStorage.setItem(draftPlace(item.id), JSON.stringify(tool.value())))
  const hint = item.suggestion
  const value = kept ? JSON.parse(kept) : item.value ?? (hint && hint.value)
  if (value !== null && value !== undefined) tool.set(value)
  $("comment").querySelector("input").value = ""
  if (item.comment) tell(`Sent back: ${item.comment}`)
  else if ($("told").dataset.of !== "keep") $("told").hidden = true
  $("told").dataset.of = ""
  state.since = performance.now()
}

const said = answers => answers.map(one => `${one.by}: ${one.words}`).join("; ")

function line(id, text) {
  $(id).textContent = text
  $(id).hidden = !text
}

// What a model or others answered, where the rules let it be seen.
function beside(item) {
  const hint = item.suggestion
  line("hint", hint ? `${hint.model} suggests ${hint.words} (${Math.round(100 * hint.score)} %): ${shown(keys.of.submit)} accepts.` : "")
  line("others", item.others ? `Others answered: ${said(item.others)}` : "")
  if ($("alike")) $("alike").href = `/find?like=${item.id}&most=20`
}

async function decide(act) {
  if (over() && !await wake()) return
  const item = state.items[state.at]
  if (!item) return
  if (act === "submit" && tool.finish) tool.finish()
  const value = act === "discard" ? null : tool.value()
  if (act === "submit" && (value === undefined || value === null)) return tell("Nothing is chosen yet.")
  const comment = $("comment").querySelector("input").value
  const seconds = Math.round((performance.now() - state.since) / 10) / 100
  const entry = { act, item: item.id, client: fresh(), value: value ?? null, version: page.set.version, seconds, comment }
  if (item.suggestion) entry.suggestion = item.suggestion
  try { box.add(entry) } catch { return tell("This browser has no room left to keep the answer. Free some, and try again.") }
  if (act === "draft") item.state = "draft"
  else {
    localStorage.removeItem(draftPlace(item.id))
    state.past.push({ item: { ...item, value }, client: entry.client })
    state.done.add(item.id)
    state.items.splice(state.at, 1)
    state.at = Math.min(state.at, Math.max(0, state.items.length - 1))
    show()
  }
  box.flush().then(() => fill()).then(() => { if (!work.dataset.item && state.items.length) show() })
}

function undo() {
  const last = state.past.pop()
  box.add({ act: "undo", client: fresh(), of: last && last.client, item: last ? last.item.id : 0 })
  if (last) putBack(last.item)
  box.flush()
}

function putBack(item) {
  state.done.delete(item.id)
  state.items = state.items.filter(one => one.id !== item.id)
  state.items.splice(state.at, 0, item)
  $("told").dataset.of = "keep"
  show()
}

function move(by) {
  const to = state.at + by
  if (to < 0 || to >= state.items.length) return tell(by < 0 ? "This is the first item at hand." : "This is the last item at hand.")
  state.at = to
  show()
}

const acts = {
  submit: () => decide("submit"), discard: () => decide("discard"), draft: () => decide("draft"), undo,
  before: () => move(-1), after: () => move(1), help, find: () => tool && tool.find && tool.find(),
}

function press(event) {
  state.alive = Date.now()
  if ($("help").open || event.isComposing) return
  const what = keys.what(event), typing = event.target.matches("input:not([type=range],[type=checkbox]), textarea")
  if (typing) {
    if (event.key === "Escape") event.target.blur()
    if (what === "draft" || (what === "submit" && !event.target.closest(".finder"))) {
      event.preventDefault()
      acts[what]()
    }
    return
  }
  if (event.target.matches("button") && (event.key === "Enter" || event.key === " ")) return
  if (tool && tool.press && tool.press(event)) return event.preventDefault()
  if (stage.press(event)) return event.preventDefault()
  if (event.target.matches("a, summary") && event.key === "Enter") return
  if (event.target.matches("input[type=range]") && event.key.startsWith("Arrow")) return
  if (acts[what]) {
    event.preventDefault()
    acts[what]()
  } else if (what.startsWith("label:") && tool && tool.choose) {
    event.preventDefault()
    tool.choose(what.slice(6))
  }
}

function buttons() {
  for (const button of document.querySelectorAll("#actions [data-act]")) {
    button.querySelector("kbd").textContent = shown(keys.of[button.dataset.act])
    button.onclick = () => { button.blur(); acts[button.dataset.act]() }
  }
}

function help() {
  let table = keys.table($("keys"))
  const save = async wanted => {
    try {
      const kept = await send("/label/keys", { keys: wanted })
      page.keys = { ...page.keys, ...kept.keys }
      if (!Object.keys(kept.keys).length) page.keys = (await (await fetch(`/label.json?column=${encodeURIComponent(work.dataset.column)}`)).json()).keys
      keys.take(page.keys)
      buttons()
      $("help").close()
      if (state.items.length) show()
    } catch (problem) { $("keys").prepend(el("p", { class: "notice failed", role: "alert" }, problem.message || "No connection.")) }
  }
  $("keep").onclick = () => save(table())
  $("usual").onclick = () => save({})
  $("shut").onclick = () => $("help").close()
  $("help").showModal()
}

function tell(text, soft = false) {
  $("told").textContent = text
  $("told").hidden = false
  $("told").classList.toggle("failed", !soft)
}

const link = text => { $("link").textContent = text; work.classList.toggle("away", Boolean(text)) }

function counts(found) {
  $("counts").replaceChildren(...["pending", "draft", "submitted", "discarded", "review"].map(name =>
    el("a", { href: `/queues?tab=${name}${of.replace("?", "&")}`, class: name }, el("b", {}, (found[name] || 0).toLocaleString("en")), ` ${name === "review" ? "came back" : name}`)))
}

begin()
