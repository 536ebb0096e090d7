package devnet

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

//go:generate npm --prefix contracts ci --ignore-scripts --no-audit --no-fund
//go:generate node contracts/build.mjs

//go:embed contracts/artifacts/*.json
var artifacts embed.FS

// Artifact is a compiled contract of contracts/src.
type Artifact struct {
	Contract string        `json:"contract"`
	Source   string        `json:"source"`
	Compiler string        `json:"compiler"`
	ABI      abi.ABI       `json:"abi"`
	Bytecode hexutil.Bytes `json:"bytecode"` // creation code, without constructor arguments
	Runtime  hexutil.Bytes `json:"runtime"`  // with zeros where the constructor puts immutables
	Storage  []StorageSlot `json:"storage"`
}

// StorageSlot is where a state variable lies: in slot Slot, Offset bytes from its low end.
type StorageSlot struct {
	Label  string `json:"label"`
	Slot   uint64 `json:"slot"`
	Offset uint64 `json:"offset"`
	Type   string `json:"type"`
}

// LoadArtifact returns the compiled contract called name, such as "StakedAID". It fails when there is none.
func LoadArtifact(name string) (*Artifact, error) {
	data, err := artifacts.ReadFile("contracts/artifacts/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("devnet: there is no contract %q among the artifacts: %w", name, err)
	}
	artifact := new(Artifact)
	if err := json.Unmarshal(data, artifact); err != nil {
		return nil, fmt.Errorf("devnet: artifact of %s (run go generate): %w", name, err)
	}
	return artifact, nil
}
