// Sends a file as it is, with how far it is; what it is read as is asked on the next page.
const form = document.getElementById("upload")
const said = document.getElementById("said")
const bar = document.getElementById("sent")
let going = null

form.addEventListener("submit", event => {
  event.preventDefault()
  const file = form.elements.file.files[0]
  if (!file || going) return
  if (file.size > Number(form.dataset.most)) return tell("The file is too large for this page.")
  going = new XMLHttpRequest()
  going.open("POST", `/transfer/upload?name=${encodeURIComponent(file.name)}`)
  going.setRequestHeader("x-milepost-proof", form.dataset.proof)
  going.setRequestHeader("content-type", "application/octet-stream")
  going.upload.onprogress = step => { bar.value = step.loaded / Math.max(1, step.total); tell(`${Math.round(100 * bar.value)} % sent`) }
  going.onload = () => answered(going)
  going.onerror = () => stopped("The connection broke; nothing was kept. Send it again.")
  bar.hidden = false
  tell("It begins")
  going.send(file)
})

addEventListener("beforeunload", event => { if (going) event.preventDefault() })

function answered(done) {
  going = null
  let told
  try { told = JSON.parse(done.responseText) } catch { told = null }
  if (done.status === 200 && told) return location.assign(`/transfer?file=${told.id}`)
  const error = told && told.error
  stopped(error ? [error.what, error.expected && `Expected: ${error.expected}`, error.todo].filter(Boolean).join(" ") : done.responseText || "The server did not take it.")
}

function stopped(text) {
  going = null
  bar.hidden = true
  tell(text)
}

function tell(text) { said.textContent = text }
