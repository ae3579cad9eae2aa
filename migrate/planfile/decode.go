package planfile

import (
	"hash/maphash"
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// decoder reads the lines of changes. Each change it returns is fresh.
type decoder struct {
	scanner
	ids     []taxonomy.ID
	members []migrate.Membership
	values  []*string
}

func newDecoder() *decoder {
	return &decoder{scanner: scanner{words: words{seed: maphash.MakeSeed()}}}
}

// change reads a line, without its LF.
func (d *decoder) change(line []byte) (migrate.Change, *defect) {
	d.begin(line)
	var c migrate.Change
	switch kindOf(line) {
	case categoryLine:
		c.Category = d.category()
	case productLine:
		c.Product = d.product()
	case referenceLine:
		c.Reference = d.reference()
	default:
		d.fail(0, "not a change")
	}
	d.end()
	if d.defect != nil {
		return migrate.Change{}, d.defect
	}
	if err := check(c); err != nil {
		return migrate.Change{}, &defect{msg: err.Error()}
	}
	return c, nil
}

func (d *decoder) category() *migrate.CategoryChange {
	c := &migrate.CategoryChange{}
	d.need(`{"category":`)
	c.ID = taxonomy.ID(d.word())
	d.need(`,"do":`)
	c.Do = migrate.CategoryAction(d.word())
	d.need(`,"why":`)
	c.Why = migrate.Cause(d.word())
	d.need(`,"path":`)
	c.Path = d.text()
	d.need(`,"name":`)
	c.Name = d.text()
	d.need(`,"parent":`)
	c.Parent = taxonomy.ID(d.word())
	c.Children = d.idList(`,"children":`)
	c.Closed = d.is(`,"closed":true`)
	c.Prohibited = d.is(`,"prohibited":true`)
	c.To = taxonomy.ID(d.optional(`,"to":`))
	c.Successor = taxonomy.ID(d.optional(`,"successor":`))
	c.Reason = d.optional(`,"reason":`)
	c.URL = d.page()
	d.filled(`,"rebuild":`, func() { c.Rebuild = append(c.Rebuild, d.rebuilt()) })
	d.need(`}`)
	return c
}

// page reads the address of a page; no two need be alike.
func (d *decoder) page() *string {
	if !d.is(`,"url":`) {
		return nil
	}
	return new(d.text())
}

func (d *decoder) rebuilt() (r migrate.Rebuilt) {
	d.need(`{"column":`)
	r.Column = d.word()
	d.need(`,"before":`)
	d.values = d.values[:0]
	d.value()
	d.need(`,"after":`)
	d.value()
	r.Before, r.After = d.values[0], d.values[1]
	d.need(`}`)
	return r
}

func (d *decoder) product() *migrate.ProductChange {
	room := &struct {
		change               migrate.ProductChange
		title, state, seller string
	}{}
	p := &room.change
	d.need(`{"product":`)
	p.ID = d.text()
	d.need(`,"title":`)
	p.Title = d.nullable(&room.title)
	d.need(`,"fate":`)
	p.Fate = migrate.Fate(d.word())
	p.To = taxonomy.ID(d.optional(`,"to":`))
	d.need(`,"rule":`)
	p.Rule = d.word()
	p.Reason = d.optional(`,"reason":`)
	p.Cleared = d.optional(`,"cleared":`)
	p.By = d.optional(`,"by":`)
	p.From = d.idList(`,"from":`)
	p.Follows = d.optional(`,"follows":`)
	p.Outside = d.is(`,"outside":true`)
	d.filled(`,"overruled":`, func() { p.Overruled = append(p.Overruled, d.overruled()) })
	d.filled(`,"missing":`, func() { p.Missing = append(p.Missing, d.word()) })
	p.Live = d.is(`,"live":true`)
	p.State = d.present(`,"state":`, &room.state)
	p.Seller = d.present(`,"seller":`, &room.seller)
	p.URL = d.page()
	p.Hidden = d.is(`,"hidden":true`)
	d.need(`,"before":`)
	d.placement(&p.Before)
	d.need(`,"after":`)
	d.placement(&p.After)
	d.filled(`,"writes":`, func() { p.Writes = append(p.Writes, d.write()) })
	d.filled(`,"read":`, func() { p.Read = append(p.Read, d.input()) })
	d.need(`}`)
	return p
}

func (d *decoder) reference() *migrate.ReferenceChange {
	r := &migrate.ReferenceChange{}
	d.need(`{"reference":`)
	r.Table = d.word()
	d.need(`,"column":`)
	r.Column = d.word()
	d.need(`,"row":`)
	d.list(func() { r.Row = append(r.Row, d.text()) })
	d.need(`,"category":`)
	r.Category = taxonomy.ID(d.word())
	d.need(`,"do":`)
	r.Do = migrate.OnRemove(d.word())
	r.To = taxonomy.ID(d.optional(`,"to":`))
	r.Label = d.optional(`,"label":`)
	r.Reason = d.optional(`,"reason":`)
	d.values = d.values[:0]
	d.filled(`,"before":`, d.value)
	r.Before = d.keepValues()
	d.need(`}`)
	return r
}

func (d *decoder) overruled() (o migrate.Overruled) {
	d.need(`{"category":`)
	o.Category = taxonomy.ID(d.word())
	d.need(`,"fate":`)
	o.Fate = migrate.Fate(d.word())
	o.To = taxonomy.ID(d.optional(`,"to":`))
	d.need(`}`)
	return o
}

// placement reads an object none of whose keys need be there.
func (d *decoder) placement(p *migrate.Placement) {
	d.need(`{`)
	from := d.at
	p.Category = taxonomy.ID(d.optional(d.joined(from, `,"category":`)))
	p.Primary = taxonomy.ID(d.optional(d.joined(from, `,"primary":`)))
	d.members = d.members[:0]
	d.filled(d.joined(from, `,"memberships":`), d.membership)
	if len(d.members) > 0 {
		p.Memberships = slices.Clone(d.members)
	}
	p.Others = d.idList(d.joined(from, `,"others":`))
	d.need(`}`)
}

// joined takes the comma off a key that is its object's first.
func (d *decoder) joined(from int, key string) string {
	if d.at == from {
		return key[1:]
	}
	return key
}

func (d *decoder) membership() {
	var m migrate.Membership
	d.need(`{"category":`)
	m.Category = taxonomy.ID(d.word())
	if d.is(`,"position":`) {
		m.Position = new(d.integer())
	}
	m.Primary = d.is(`,"primary":true`)
	d.need(`}`)
	d.members = append(d.members, m)
}

func (d *decoder) write() (w migrate.Write) {
	d.need(`{"delist":`)
	w.Delist = int(d.integer())
	d.filled(`,"row":`, func() { w.Row = append(w.Row, d.text()) })
	d.need(`,"values":`)
	d.values = d.values[:0]
	d.list(d.value)
	w.Values = d.keepValues()
	d.need(`}`)
	return w
}

func (d *decoder) input() (in migrate.Input) {
	d.need(`{"name":`)
	in.Name = d.word()
	d.need(`,"value":`)
	d.values = d.values[:0]
	d.value()
	in.Value = d.values[0]
	d.need(`}`)
	return in
}

// value reads one value of a list, null included.
func (d *decoder) value() {
	if d.is(`null`) {
		d.values = append(d.values, nil)
		return
	}
	d.values = append(d.values, new(d.word()))
}

func (d *decoder) keepValues() []*string {
	if len(d.values) == 0 {
		return nil
	}
	return slices.Clone(d.values)
}

// idList reads ids under a key that is left out where there are none.
func (d *decoder) idList(key string) []taxonomy.ID {
	d.ids = d.ids[:0]
	d.filled(key, d.id)
	if len(d.ids) == 0 {
		return nil
	}
	return slices.Clone(d.ids)
}

func (d *decoder) id() { d.ids = append(d.ids, taxonomy.ID(d.word())) }
