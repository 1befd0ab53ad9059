import { element, prose } from './elements.js'

// Shows JSON Schemas: the type in a few words, and an object's members as a list. `anchor` makes the id of a named
// schema's entry of its name.
export class SchemaView {
  #anchor

  constructor(anchor) {
    this.#anchor = anchor
  }

  // What a value is, in words, codes and links.
  type(schema) {
    if (schema.$ref) return [this.#link(schema)]
    if ('const' in schema) return [code(schema.const)]
    if (schema.enum) return between(' or ', schema.enum.map((value) => [code(value)]))
    const choices = schema.oneOf ?? schema.anyOf?.filter((choice) => choice.type || choice.$ref)
    if (choices?.length) return between(' or ', choices.map((choice) => this.type(choice)))
    if (schema.allOf) return between(' and ', schema.allOf.map((part) => this.type(part)))
    const types = [schema.type ?? 'anything'].flat()
    return between(' or ', types.map((type) => {
      if (type === 'array') return ['list of ', ...(schema.items ? this.type(schema.items) : ['anything'])]
      return [type === 'string' && schema.format ? schema.format : type]
    }))
  }

  // A schema without a name of its own, whole.
  whole(schema) {
    const members = this.members(schema)
    if (members) return [members]
    return [element('p', { class: 'type' }, ...this.type(schema)), this.#notes(schema)]
  }

  // The members of an object, or of the objects in a list; null where there are none to be told.
  members(schema) {
    if (schema.allOf) {
      const parts = schema.allOf.map((part) => (part.$ref ? element('p', { class: 'type' }, 'All of ', this.#link(part))
        : this.members(part))).filter(Boolean)
      return parts.length ? element('div', {}, ...parts) : null
    }
    if (schema.items && !schema.items.$ref) return this.members(schema.items)
    const choice = schema.oneOf?.find((choice) => choice.properties)
    if (choice) return this.members(choice)
    if (!schema.properties) return null
    const required = new Set(schema.required)
    return element('dl', { class: 'members' }, ...Object.entries(schema.properties).map(([name, member]) => (
      this.member(name, member, required.has(name)))))
  }

  // One member, or one parameter: `place` says where that stands.
  member(name, schema, isRequired, place, description) {
    return element('div', {},
      element('dt', {}, element('code', {}, name), ' ', element('span', { class: 'type' }, ...this.type(schema)),
        place && element('span', { class: 'place' }, place),
        isRequired && element('span', { class: 'required' }, 'required')),
      element('dd', {}, description && prose(description), schema.description && prose(schema.description),
        this.#notes(schema), schema.$ref ? null : this.members(schema)))
  }

  // The bounds of a value.
  #notes(schema) {
    const notes = []
    const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema
    const bounds = (least, most, unit) => {
      if (least === undefined && most === undefined) return
      const counter = Number.MAX_SAFE_INTEGER
      if (most === undefined || most === counter) notes.push(`from ${least}${unit} on`)
      else notes.push(least === undefined ? `at most ${most}${unit}` : `${least} to ${most}${unit}`)
    }
    bounds(minimum, maximum, '')
    bounds(minLength, maxLength, ' characters')
    bounds(minItems, maxItems, ' elements')
    if ('default' in schema) notes.push(['default ', code(schema.default)])
    if (schema.pattern) notes.push(['as ', element('code', {}, schema.pattern)])
    if (notes.length === 0) return null
    return element('p', { class: 'notes' }, ...between(', ', notes.map((note) => [note].flat())))
  }

  #link(schema) {
    const name = schema.$ref.split('/').at(-1)
    return element('a', { href: `#${this.#anchor(name)}` }, name)
  }

  // Entries of named schemas.
  entries(schemas) {
    return Object.entries(schemas).map(([name, schema]) => {
      const id = this.#anchor(name)
      const isPlain = !this.members(schema)
      const description = schema.description && prose(schema.description)
      const node = element('section', { id, class: 'entry', 'data-schema': name },
        element('h3', {}, element('a', { href: `#${id}` }, name)), description,
        ...(isPlain ? this.whole({ ...schema, description: undefined }) : [this.members(schema)]).filter(Boolean))
      return { id, label: name, node }
    })
  }
}

function code(value) {
  return element('code', {}, JSON.stringify(value))
}

function between(separator, lists) {
  return lists.flatMap((list, place) => (place ? [separator, ...list] : list))
}
