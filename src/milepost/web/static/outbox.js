// Decisions on their way to the server: each is kept in this browser until the server has it on disk.
// They are sent in order, and each has an id of its own, so that one that is sent twice counts once.

export class Away extends Error {}      // the server cannot be reached, or is not itself
export class Closed extends Error {}    // the session is over
export class Refused extends Error {}   // the server says no, and why
export class Fault extends Away {}      // the server failed at this very act; it may be better the next time

const LATER = [408, 425, 429]
const FAULTS = 5 // failures of the server at one act, after which it is given back and the others go on

export const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, "0")).join("")

export async function post(path, proof, body) {
  let answer
  try {
    answer = await fetch(path, {
      method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(20000),
      headers: { "content-type": "application/json", "x-milepost-proof": proof },
    })
  } catch { throw new Away() }
  if (answer.status === 401) throw new Closed()
  const text = await answer.text().catch(() => { throw new Away() })
  const said = read(text)
  if (answer.ok && said) return said
  if (answer.status === 500 && said && said.error) throw new Fault(said.error.what)
  if (answer.ok || answer.status >= 500 || LATER.includes(answer.status)) throw new Away()
  const why = said && said.error ? [said.error.what, said.error.expected, said.error.todo].filter(Boolean).join(" ") : text
  throw new Refused(why.trim() || `The server refused this (${answer.status}).`)
}

function read(text) {
  try { return JSON.parse(text) } catch { return null }
}

export class Outbox {
  // place: begins names in localStorage; send: (act) => promise; told: (what, act, answer) => nothing
  constructor(place, send, told) {
    Object.assign(this, { place, send, told, going: null, wait: 1000, timer: 0, number: 0, faults: new Map() })
    addEventListener("online", () => this.flush())
  }

  // Each act has a place of its own, so that tabs that write at once take nothing from each other.
  places() { return Object.keys(localStorage).filter(name => name.startsWith(`${this.place}:`)).sort() }

  all() { return this.places().map(name => read(localStorage.getItem(name))).filter(Boolean) }

  add(act) {
    const order = [Date.now(), this.number++].map(part => String(part).padStart(15, "0")).join("-")
    localStorage.setItem(`${this.place}:${order}:${act.client}`, JSON.stringify(act))
  }

  drop(client) { this.places().filter(name => name.endsWith(`:${client}`)).forEach(name => localStorage.removeItem(name)) }

  failed(act) {
    this.faults.set(act.client, (this.faults.get(act.client) || 0) + 1)
    return this.faults.get(act.client) >= FAULTS
  }

  holds(item) { return this.all().some(act => act.item === item && act.act !== "draft" && act.act !== "undo") }

  flush() {
    this.going = this.going || this.run().finally(() => { this.going = null })
    return this.going
  }

  async run() {
    clearTimeout(this.timer)
    for (let act; (act = this.all()[0]);) {
      try {
        const answer = await this.send(act)
        this.drop(act.client)
        this.wait = 1000
        this.told("sent", act, answer)
      } catch (problem) {
        if (problem instanceof Refused || (problem instanceof Fault && this.failed(act))) {
          this.drop(act.client)
          this.told("refused", act, problem.message)
          continue
        }
        this.told(problem instanceof Closed ? "closed" : "away", act, "")
        this.timer = setTimeout(() => this.flush(), this.wait)
        this.wait = Math.min(this.wait * 2, 15000)
        return false
      }
    }
    return true
  }
}
