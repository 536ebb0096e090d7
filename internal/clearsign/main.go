// Clearsign writes the clear-signing file (ERC-7730, version 2) of each GAIB contract that people send transactions to,
// from the contracts' .abi files, the address book and the phrases in display.go:
//
//	go run ./internal/clearsign -root .
//
// The files follow the naming of the public registry, so that they can be proposed there as they are.
package main

//go:generate go run . -root ../..

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaib-go/gaib/internal/abigen/abifile"
	"github.com/gaib-go/gaib/internal/codec"
)

func main() {
	root := flag.String("root", ".", "the module's folder")
	flag.Parse()
	if err := write(*root); err != nil {
		fmt.Fprintln(os.Stderr, "clearsign:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// deployed is a chain of the address book, as far as it is needed here.
type deployed struct {
	ChainID   uint64 `json:"chainId"`
	Contracts []struct {
		Name       string `json:"name"`
		Address    string `json:"address"`
		Underlying string `json:"underlying"`
	} `json:"contracts"`
}

// object is JSON that keeps its order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

const schema = "https://raw.githubusercontent.com/ethereum/clear-signing-erc7730-registry/master/specs/erc7730-v2.schema.json"

func generate(root string) (map[string][]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, "deployments.json"))
	if err != nil {
		return nil, err
	}
	var chains []deployed
	if err := json.Unmarshal(text, &chains); err != nil {
		return nil, fmt.Errorf("deployments.json: %w", err)
	}
	files := make(map[string][]byte)
	for _, contract := range displays {
		document, err := contract.document(root, chains)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", contract.name, err)
		}
		raw, err := json.Marshal(document)
		if err != nil {
			return nil, err
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, raw, "", "  "); err != nil {
			return nil, err
		}
		pretty.WriteByte('\n')
		files[filepath.ToSlash(filepath.Join(contract.folder, "calldata-"+contract.name+".json"))] = pretty.Bytes()
	}
	return files, nil
}

func (d display) document(root string, chains []deployed) (object, error) {
	var places []object
	assets := make(map[string]string)
	for _, chain := range chains {
		for _, contract := range chain.Contracts {
			if contract.Name == d.name {
				places = append(places, object{{"chainId", chain.ChainID}, {"address", contract.Address}})
				if contract.Underlying != "" {
					assets[fmt.Sprint(chain.ChainID)] = contract.Underlying
				}
			}
		}
	}
	if len(places) == 0 {
		return nil, fmt.Errorf("it is in no deployment")
	}
	items := make(map[string]*abifile.Item)
	for _, name := range d.abi {
		source, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		contract, err := abifile.Parse(name, source)
		if err != nil {
			return nil, err
		}
		for _, item := range contract.Items {
			if item.Kind == codec.Function && !item.View && !item.Pure {
				items[item.Name] = item
			}
		}
	}
	var formats object
	for _, function := range d.functions {
		item := items[function.name]
		if item == nil {
			return nil, fmt.Errorf("no .abi file has a function %s that changes state", function.name)
		}
		if item.Evidence == codec.Assumed {
			return nil, fmt.Errorf("%s is assumed; a file for wallets must not rest on that", function.name)
		}
		format, err := function.format(item)
		if err != nil {
			return nil, err
		}
		formats = append(formats, format)
	}
	metadata := object{{"owner", "GAIB"}, {"contractName", d.title}}
	if d.constants != nil {
		metadata = append(metadata, member{"constants", d.constants})
	}
	if d.assets {
		if len(assets) != len(places) {
			// A chain whose underlying is not known gets no display of amounts in it; leave the chain out.
			places = slices.DeleteFunc(places, func(place object) bool { _, known := assets[fmt.Sprint(place[0].value)]; return !known })
		}
		metadata = append(metadata, member{"maps", object{{"asset", object{{"$keyType", "chain id"}, {"values", assets}}}}})
	}
	return object{{"$schema", schema}, {"context", object{{"$id", "gaib-" + strings.ToLower(d.name)}, {"contract", object{{"deployments", places}}}}},
		{"metadata", metadata}, {"display", object{{"formats", formats}}}}, nil
}

// format returns how one function is shown. Every argument must be shown, so that nothing is signed unseen.
func (f function) format(item *abifile.Item) (member, error) {
	arguments := make([]string, len(item.Args))
	left := make(map[string]string)
	for i, arg := range item.Args {
		arguments[i] = arg.String()
		left[arg.Name] = arg.Type.String()
	}
	fields := make([]object, 0, len(f.fields))
	for _, field := range f.fields {
		typ, ok := left[field.path]
		if !ok {
			return member{}, fmt.Errorf("%s has no argument %q that is not shown yet", f.name, field.path)
		}
		if want := field.types(); !slices.Contains(want, typ) {
			return member{}, fmt.Errorf("%s: argument %s is %s, shown as one of %v", f.name, field.path, typ, want)
		}
		delete(left, field.path)
		fields = append(fields, field.object())
	}
	if len(left) > 0 {
		return member{}, fmt.Errorf("%s: %d arguments are not shown", f.name, len(left))
	}
	return member{f.name + "(" + strings.Join(arguments, ", ") + ")", object{{"intent", f.intent}, {"fields", fields}}}, nil
}
