package rule

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"recat/migrate"
)

// variable is what conditions call the product, productType its CEL type.
const (
	variable    = "product"
	productType = "recat.Product"
)

var objectType = cel.ObjectType(productType)

// provider tells CEL the fields of a product, beside the standard types.
type provider struct {
	*types.Registry
	env *Env
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if name == productType {
		return types.NewTypeTypeWithParam(objectType), true
	}
	return p.Registry.FindStructType(name)
}

func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	if name == productType {
		return p.env.names, true
	}
	return p.Registry.FindStructFieldNames(name)
}

func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != productType {
		return p.Registry.FindStructFieldType(name, field)
	}
	kind, ok := p.env.fields[field]
	switch {
	case !ok && p.env.knows(field):
		return anything(field), true
	case !ok:
		return nil, false
	}
	read := reader(field, kind)
	return &types.FieldType{
		Type:    celType(kind),
		IsSet:   func(target any) bool { return !isNull(target.(*migrate.Product), field) },
		GetFrom: func(target any) (any, error) { return read(target.(*migrate.Product)) },
	}, true
}

// anything is a field that no mapping declares: whatever the product holds.
func anything(field string) *types.FieldType {
	return &types.FieldType{
		Type:  types.DynType,
		IsSet: func(target any) bool { return !isNull(target.(*migrate.Product), field) },
		GetFrom: func(target any) (any, error) {
			v := value(target.(*migrate.Product), field)
			if v.IsNull() {
				return types.NullValue, nil
			}
			return convert(v.Kind, v)
		},
	}
}

func (p *provider) NewValue(name string, fields map[string]ref.Val) ref.Val {
	if name == productType {
		return types.NewErr("a condition cannot make a product")
	}
	return p.Registry.NewValue(name, fields)
}

// object is a product as a CEL value.
type object struct {
	env     *Env
	product *migrate.Product
}

var _ ref.Val = (*object)(nil)

// ConvertToNative implements ref.Val.
func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	if reflect.TypeOf(o.product).AssignableTo(t) {
		return o.product, nil
	}
	return nil, fmt.Errorf("a product is not a %v", t)
}

// ConvertToType implements ref.Val.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case objectType:
		return o
	case types.TypeType:
		return objectType
	}
	return types.NewErr("a product is not a %s", t.TypeName())
}

// Equal implements ref.Val.
func (o *object) Equal(other ref.Val) ref.Val {
	same, ok := other.(*object)
	return types.Bool(ok && o.product == same.product)
}

// Type implements ref.Val.
func (o *object) Type() ref.Type { return objectType }

// Value implements ref.Val.
func (o *object) Value() any { return o.product }

// Get implements traits.Indexer, for fields chosen when the condition runs.
func (o *object) Get(index ref.Val) ref.Val {
	name, ok := index.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(index)
	}
	kind, ok := o.env.fields[string(name)]
	if !ok {
		return types.NewErr("%s", o.env.unknownField(string(name)))
	}
	v, err := reader(string(name), kind)(o.product)
	if err != nil {
		return types.WrapErr(err)
	}
	return v
}

// IsSet implements traits.FieldTester.
func (o *object) IsSet(field ref.Val) ref.Val {
	name, ok := field.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(field)
	}
	if !o.env.knows(string(name)) {
		return types.NewErr("%s", o.env.unknownField(string(name)))
	}
	return types.Bool(!isNull(o.product, string(name)))
}
