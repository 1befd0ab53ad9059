import { element } from './elements.js'

// The list of all entries beside them, which can be filtered by what their names hold.
export class Contents {
  #details
  #index
  #links = new Map()

  constructor(details) {
    this.#details = details
    this.#index = details.querySelector('[data-part=index]')
    const wide = matchMedia('(min-width: 60rem)')
    details.open = wide.matches
    wide.addEventListener('change', () => { details.open = wide.matches })
    details.querySelector('[data-part=filter]').addEventListener('input', (event) => this.#filter(event.target.value))
    this.#index.addEventListener('click', (event) => {
      if (event.target.closest('a') && !wide.matches) details.open = false
    })
  }

  heading(title) {
    this.#index.append(element('h2', {}, title))
  }

  group({ title, entries }) {
    const links = entries.map(({ id, label, mark }) => {
      const link = element('a', { href: `#${id}` }, mark && method(mark), element('span', {}, label))
      this.#links.set(id, link)
      return element('li', {}, link)
    })
    this.#index.append(element('section', {}, element('h3', {}, title), element('ul', {}, ...links)))
  }

  // The entry that is shown.
  mark(id) {
    this.#details.querySelector('[aria-current]')?.removeAttribute('aria-current')
    const link = this.#links.get(id)
    link?.setAttribute('aria-current', 'true')
    if (this.#details.open) link?.scrollIntoView({ block: 'nearest' })
  }

  #filter(text) {
    const wanted = text.trim().toLowerCase()
    for (const link of this.#links.values()) {
      link.parentElement.hidden = !link.textContent.toLowerCase().includes(wanted)
    }
    for (const section of this.#index.querySelectorAll('section')) {
      section.hidden = !section.querySelector('li:not([hidden])')
    }
  }
}

// A request's method as it is marked everywhere.
export function method(name) {
  return element('span', { class: 'method', 'data-method': name.toLowerCase() }, name)
}
