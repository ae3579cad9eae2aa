package rule

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

const (
	hasWordName = "hasWord"
	isNullName  = "isNull"
)

// methods declares the methods.
func methods() []cel.EnvOption {
	str, list := cel.StringType, cel.ListType(cel.StringType)
	return []cel.EnvOption{
		cel.Function(hasWordName,
			cel.MemberOverload("string_has_word_string", []*cel.Type{str, str}, cel.BoolType, cel.BinaryBinding(hasWord)),
			cel.MemberOverload("string_has_word_list", []*cel.Type{str, list}, cel.BoolType, cel.BinaryBinding(hasWord))),
		cel.Function(isNullName,
			cel.MemberOverload("product_is_null_string", []*cel.Type{objectType, str}, cel.BoolType, cel.BinaryBinding(isNullField))),
	}
}

// hasWord is the method for words that are not literal.
func hasWord(text, arg ref.Val) ref.Val {
	t, ok := text.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(text)
	}
	list, ok := stringsOf(arg)
	if !ok {
		return types.MaybeNoSuchOverloadErr(arg)
	}
	ws, err := newWords(list)
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Bool(ws.in(string(t)))
}

// stringsOf gives a string, or a list of them, as Go strings.
func stringsOf(v ref.Val) ([]string, bool) {
	if s, ok := v.(types.String); ok {
		return []string{string(s)}, true
	}
	list, ok := v.(traits.Lister)
	if !ok {
		return nil, false
	}
	var out []string
	for it := list.Iterator(); it.HasNext() == types.True; {
		s, ok := it.Next().(types.String)
		if !ok {
			return nil, false
		}
		out = append(out, string(s))
	}
	return out, true
}

func isNullField(product, field ref.Val) ref.Val {
	o, ok := product.(*object)
	if !ok {
		return types.MaybeNoSuchOverloadErr(product)
	}
	set := o.IsSet(field)
	if b, ok := set.(types.Bool); ok {
		return !b
	}
	return set
}

// wordCall is a hasWord whose words are literal: they are prepared once.
type wordCall struct {
	interpreter.InterpretableCall
	words words
}

// Exec evaluates the call.
func (c *wordCall) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	v := c.Args()[0].Exec(frame)
	text, ok := v.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	return types.Bool(c.words.in(string(text)))
}

// prepareWords replaces calls of hasWord with literal words.
func prepareWords(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok || call.Function() != hasWordName || len(call.Args()) != 2 {
		return i, nil
	}
	literal, ok := call.Args()[1].(interpreter.InterpretableConst)
	if !ok {
		return i, nil
	}
	list, ok := stringsOf(literal.Value())
	if !ok {
		return i, nil
	}
	ws, err := newWords(list)
	if err != nil {
		return nil, err
	}
	return &wordCall{call, ws}, nil
}
