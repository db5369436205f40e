// Sends files one after the other as they are, with how far it is; images and sounds stay together.
const form = document.getElementById("upload")
const said = document.getElementById("said")
const bar = document.getElementById("sent")
let going = false

form.addEventListener("submit", async event => {
  event.preventDefault()
  const files = [...form.elements.file.files]
  if (!files.length || going) return
  going = true
  bar.hidden = false
  const all = files.reduce((sum, file) => sum + file.size, 0), refused = []
  let before = 0, batch = "", last = ""
  for (const file of files) {
    try {
      const made = await send(file, batch, loaded => { bar.value = (before + loaded) / Math.max(1, all); tell(`${Math.round(100 * bar.value)} % sent`) })
      last = made.id
      if (made.kind === "image" || made.kind === "sound") batch = made.id
    } catch (problem) { refused.push(`${file.name}: ${problem.message}`) }
    before += file.size
  }
  going = false
  bar.hidden = true
  const next = `${form.dataset.next}${form.dataset.next.includes("?") ? "&" : "?"}file=${last}`
  if (last && !refused.length) return location.assign(next)
  tell(refused.join(" "))
  if (!last) return
  const on = document.createElement("a")
  on.href = next
  on.textContent = "Go on with the others"
  said.append(" ", on)
})

addEventListener("beforeunload", event => { if (going) event.preventDefault() })

function send(file, batch, step) {
  if (file.size > Number(form.dataset.most)) return Promise.reject(new Error("it is too large for this page."))
  return new Promise((done, fail) => {
    const asking = new XMLHttpRequest()
    asking.open("POST", `/transfer/upload?name=${encodeURIComponent(file.name)}${batch && `&batch=${batch}`}`)
    asking.setRequestHeader("x-milepost-proof", form.dataset.proof)
    asking.setRequestHeader("content-type", "application/octet-stream")
    asking.upload.onprogress = event => step(event.loaded)
    asking.onload = () => answered(asking, done, fail)
    asking.onerror = () => fail(new Error("the connection broke; nothing of it was kept. Send it again."))
    asking.send(file)
  })
}

function answered(asking, done, fail) {
  let told
  try { told = JSON.parse(asking.responseText) } catch { told = null }
  if (asking.status === 200 && told) return done(told)
  const error = told && told.error
  fail(new Error(error ? [error.what, error.expected && `Expected: ${error.expected}`, error.todo].filter(Boolean).join(" ") : asking.responseText || "the server did not take it."))
}

function tell(text) { said.textContent = text }
