// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package bindbench

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// Market is an auto generated low-level Go binding around an user-defined struct.
type Market struct {
	TotalSupplyAssets *big.Int
	TotalSupplyShares *big.Int
	TotalBorrowAssets *big.Int
	TotalBorrowShares *big.Int
	LastUpdate        *big.Int
	Fee               *big.Int
}

// BenchMetaData contains all meta data concerning the Bench contract.
var BenchMetaData = bind.MetaData{
	ABI: "[{\"type\":\"function\",\"name\":\"market\",\"stateMutability\":\"view\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\"}],\"outputs\":[{\"name\":\"totalSupplyAssets\",\"type\":\"uint128\"},{\"name\":\"totalSupplyShares\",\"type\":\"uint128\"},{\"name\":\"totalBorrowAssets\",\"type\":\"uint128\"},{\"name\":\"totalBorrowShares\",\"type\":\"uint128\"},{\"name\":\"lastUpdate\",\"type\":\"uint128\"},{\"name\":\"fee\",\"type\":\"uint128\"}]},{\"type\":\"function\",\"name\":\"marketStruct\",\"stateMutability\":\"view\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"tuple\",\"internalType\":\"structMarket\",\"components\":[{\"name\":\"totalSupplyAssets\",\"type\":\"uint128\"},{\"name\":\"totalSupplyShares\",\"type\":\"uint128\"},{\"name\":\"totalBorrowAssets\",\"type\":\"uint128\"},{\"name\":\"totalBorrowShares\",\"type\":\"uint128\"},{\"name\":\"lastUpdate\",\"type\":\"uint128\"},{\"name\":\"fee\",\"type\":\"uint128\"}]}]},{\"type\":\"function\",\"name\":\"transfer\",\"stateMutability\":\"nonpayable\",\"inputs\":[{\"name\":\"to\",\"type\":\"address\"},{\"name\":\"value\",\"type\":\"uint256\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}]},{\"type\":\"event\",\"name\":\"Transfer\",\"anonymous\":false,\"inputs\":[{\"name\":\"from\",\"type\":\"address\",\"indexed\":true},{\"name\":\"to\",\"type\":\"address\",\"indexed\":true},{\"name\":\"value\",\"type\":\"uint256\",\"indexed\":false}]},{\"type\":\"event\",\"name\":\"Deposit\",\"anonymous\":false,\"inputs\":[{\"name\":\"sender\",\"type\":\"address\",\"indexed\":true},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true},{\"name\":\"assets\",\"type\":\"uint256\",\"indexed\":false},{\"name\":\"shares\",\"type\":\"uint256\",\"indexed\":false}]}]",
	ID:  "Bench",
}

// Bench is an auto generated Go binding around an Ethereum contract.
type Bench struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Bench) GetABI() abi.ABI {
	return c.abi
}

// NewBench creates a new instance of Bench.
func NewBench() *Bench {
	parsed, err := BenchMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Bench{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Bench) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackMarket is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5c60e39a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function market(bytes32 id) view returns(uint128 totalSupplyAssets, uint128 totalSupplyShares, uint128 totalBorrowAssets, uint128 totalBorrowShares, uint128 lastUpdate, uint128 fee)
func (bench *Bench) PackMarket(id [32]byte) []byte {
	enc, err := bench.abi.Pack("market", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMarket is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5c60e39a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function market(bytes32 id) view returns(uint128 totalSupplyAssets, uint128 totalSupplyShares, uint128 totalBorrowAssets, uint128 totalBorrowShares, uint128 lastUpdate, uint128 fee)
func (bench *Bench) TryPackMarket(id [32]byte) ([]byte, error) {
	return bench.abi.Pack("market", id)
}

// MarketOutput serves as a container for the return parameters of contract
// method Market.
type MarketOutput struct {
	TotalSupplyAssets *big.Int
	TotalSupplyShares *big.Int
	TotalBorrowAssets *big.Int
	TotalBorrowShares *big.Int
	LastUpdate        *big.Int
	Fee               *big.Int
}

// UnpackMarket is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5c60e39a.
//
// Solidity: function market(bytes32 id) view returns(uint128 totalSupplyAssets, uint128 totalSupplyShares, uint128 totalBorrowAssets, uint128 totalBorrowShares, uint128 lastUpdate, uint128 fee)
func (bench *Bench) UnpackMarket(data []byte) (MarketOutput, error) {
	out, err := bench.abi.Unpack("market", data)
	outstruct := new(MarketOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.TotalSupplyAssets = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.TotalSupplyShares = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	outstruct.TotalBorrowAssets = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	outstruct.TotalBorrowShares = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	outstruct.LastUpdate = abi.ConvertType(out[4], new(big.Int)).(*big.Int)
	outstruct.Fee = abi.ConvertType(out[5], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackMarketStruct is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3ed4caa5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function marketStruct(bytes32 id) view returns((uint128,uint128,uint128,uint128,uint128,uint128))
func (bench *Bench) PackMarketStruct(id [32]byte) []byte {
	enc, err := bench.abi.Pack("marketStruct", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMarketStruct is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3ed4caa5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function marketStruct(bytes32 id) view returns((uint128,uint128,uint128,uint128,uint128,uint128))
func (bench *Bench) TryPackMarketStruct(id [32]byte) ([]byte, error) {
	return bench.abi.Pack("marketStruct", id)
}

// UnpackMarketStruct is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3ed4caa5.
//
// Solidity: function marketStruct(bytes32 id) view returns((uint128,uint128,uint128,uint128,uint128,uint128))
func (bench *Bench) UnpackMarketStruct(data []byte) (Market, error) {
	out, err := bench.abi.Unpack("marketStruct", data)
	if err != nil {
		return *new(Market), err
	}
	out0 := *abi.ConvertType(out[0], new(Market)).(*Market)
	return out0, nil
}

// PackTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9059cbb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (bench *Bench) PackTransfer(to common.Address, value *big.Int) []byte {
	enc, err := bench.abi.Pack("transfer", to, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9059cbb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (bench *Bench) TryPackTransfer(to common.Address, value *big.Int) ([]byte, error) {
	return bench.abi.Pack("transfer", to, value)
}

// UnpackTransfer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa9059cbb.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (bench *Bench) UnpackTransfer(data []byte) (bool, error) {
	out, err := bench.abi.Unpack("transfer", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// BenchDeposit represents a Deposit event raised by the Bench contract.
type BenchDeposit struct {
	Sender common.Address
	Owner  common.Address
	Assets *big.Int
	Shares *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const BenchDepositEventName = "Deposit"

// ContractEventName returns the user-defined event name.
func (BenchDeposit) ContractEventName() string {
	return BenchDepositEventName
}

// UnpackDepositEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares)
func (bench *Bench) UnpackDepositEvent(log *types.Log) (*BenchDeposit, error) {
	event := "Deposit"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != bench.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(BenchDeposit)
	if len(log.Data) > 0 {
		if err := bench.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range bench.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// BenchTransfer represents a Transfer event raised by the Bench contract.
type BenchTransfer struct {
	From  common.Address
	To    common.Address
	Value *big.Int
	Raw   *types.Log // Blockchain specific contextual infos
}

const BenchTransferEventName = "Transfer"

// ContractEventName returns the user-defined event name.
func (BenchTransfer) ContractEventName() string {
	return BenchTransferEventName
}

// UnpackTransferEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Transfer(address indexed from, address indexed to, uint256 value)
func (bench *Bench) UnpackTransferEvent(log *types.Log) (*BenchTransfer, error) {
	event := "Transfer"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != bench.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(BenchTransfer)
	if len(log.Data) > 0 {
		if err := bench.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range bench.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}
