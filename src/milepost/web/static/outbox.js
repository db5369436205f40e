// Decisions on their way to the server: each is kept in this browser until the server has it on disk.
// They are sent in order, and each has an id of its own, so that one that is sent twice counts once.

export class Away extends Error {}      // the server cannot be reached, or is not itself
export class Closed extends Error {}    // the session is over
export class Refused extends Error {}   // the server says no, and why

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
  if (answer.status >= 500) throw new Away()
  const said = await answer.json().catch(() => { throw new Away() })
  if (!answer.ok) throw new Refused([said.error.what, said.error.expected, said.error.todo].filter(Boolean).join(" "))
  return said
}

export class Outbox {
  // place: a name in localStorage; send: (act) => promise; told: (what, act, answer) => nothing
  constructor(place, send, told) {
    Object.assign(this, { place, send, told, going: null, wait: 1000, timer: 0 })
    addEventListener("online", () => this.flush())
  }

  all() { return JSON.parse(localStorage.getItem(this.place) || "[]") }

  keep(acts) { localStorage.setItem(this.place, JSON.stringify(acts)) }

  add(act) { this.keep([...this.all(), act]) }

  drop(client) { this.keep(this.all().filter(act => act.client !== client)) }

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
        if (problem instanceof Refused) {
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
