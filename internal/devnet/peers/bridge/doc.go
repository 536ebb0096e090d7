// Package bridge proves package aid/bridge against the real contracts of LayerZero on two chains: an adapter that locks AID on
// one, a token that is minted and burnt on the other, and the endpoints between them.
package bridge
