package aid_test

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

var (
	alice = common.HexToAddress("0xA11CE00000000000000000000000000000000001")
	bob   = common.HexToAddress("0xB0B0000000000000000000000000000000000002")
)

// book is a fake chain on which every contract of a deployment stands, answering by selector.
type book struct {
	*fakenode.Node
	deployment gaib.Deployment
	contracts  map[gaib.Name]fakenode.Methods
}

func newBook(deployment gaib.Deployment) book {
	b := book{fakenode.New(deployment.ChainID()), deployment, map[gaib.Name]fakenode.Methods{}}
	for _, name := range deployment.Names() {
		b.contracts[name] = fakenode.Methods{}
		b.Contracts[deployment.Contract(name).Address()] = b.contracts[name].Contract
	}
	return b
}

// on lets a function of a contract return words.
func (b book) on(name gaib.Name, function interface{ Item() gaib.Item }, words ...uint256.Int) {
	b.contracts[name][function.Item().Selector] = fakenode.Returns(words...)
}

// reverts lets a function of a contract revert.
func (b book) reverts(name gaib.Name, function interface{ Item() gaib.Item }, data string) {
	b.contracts[name][function.Item().Selector] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(common.FromHex(data)) }
}

func addressWord(address common.Address) uint256.Int { return *new(uint256.Int).SetBytes(address[:]) }

// allowed is Ethereum's deployment with assumed calls allowed.
func allowed() gaib.Deployment { return gaib.Mainnet().AllowAssumed() }

func topicOf(address common.Address) common.Hash { return common.BytesToHash(address[:]) }
