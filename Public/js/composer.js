// Where the visitor writes. Enter sends, Shift+Enter begins a new line; an input method's Enter does neither.
// What is written survives a reload.
export class Composer {
  #parts
  #send

  // `send(text)` returns null, or a sentence that says why the text can't be sent.
  constructor(parts, send) {
    this.#parts = parts
    this.#send = send
    parts.input.value = keptDraft()
    parts.input.addEventListener('input', () => this.#changed())
    parts.input.addEventListener('keydown', (event) => {
      // 229: Safari ends a composition before it tells of the key.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
      event.preventDefault()
      this.#submit()
    })
    parts.composer.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#submit()
    })
    this.#changed()
  }

  focus() {
    this.#parts.input.focus()
  }

  #submit() {
    const text = this.#parts.input.value
    if (text.trim() === '') return
    const problem = this.#send(text)
    if (problem) return this.#parts.showProblem(problem)
    this.#parts.input.value = ''
    this.#changed()
    this.focus()
  }

  #changed() {
    const text = this.#parts.input.value
    this.#parts.grow.dataset.text = text
    this.#parts.send.disabled = text.trim() === ''
    this.#parts.showProblem('')
    keepDraft(text)
  }
}

const draftKey = 'skein:draft'

function keptDraft() {
  try {
    return sessionStorage.getItem(draftKey) ?? ''
  } catch {
    return ''
  }
}

function keepDraft(text) {
  try {
    if (text) sessionStorage.setItem(draftKey, text)
    else sessionStorage.removeItem(draftKey)
  } catch {
    // Storage is forbidden or full: the draft lasts as long as the page.
  }
}
