// Package bridge moves AID between chains over LayerZero: what a transfer costs and loses, the plan that sends it, its message in
// the receipt, and what became of it on the other chain.
//
//	quote, plan, err := source.PlanSend(ctx, client, account, transfer)
//	sent, err := source.Messages(receipt) // of the plan's last transaction
//	delivery, err := destination.Track(ctx, itsClient, sent[0].Message, since)
//
// # What is not known
//
// That AID's bridge is a LayerZero OFT is reported, and that it burns and mints. The addresses of its contracts are not
// published: add one to a deployment under the name [Bridge], with the evidence you have. As long as that is assumed, calls are
// refused on a public chain until they are allowed, see gaib.ErrUnverified. The interface is LayerZero's publication.
//
// # Units
//
// Amounts are uint256.Int in base units of AID, 18 decimals. A message carries an amount in shared decimals, 6 in LayerZero's
// default: digits below are dust, and stay with the sender. Fees are wei of the source chain's coin. Chains are named by
// LayerZero's endpoint ids, see [EndpointID].
//
// # Not for
//
// Messages that carry a call for the receiver (compose), and fees paid in LayerZero's token.
//
// Values of this package may be used by many goroutines.
package bridge
