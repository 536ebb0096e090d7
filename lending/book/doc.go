// Package book keeps the positions of an isolated lending market in liquidation order, so that a tick of the price asks
// for the liquidatable ones without looking at the others.
//
// In such a market all positions share one price, one threshold and one interest index. Whether a position can be
// liquidated then depends only on debt shares per collateral, and the order by that ratio changes neither with the
// price nor with interest. [Book] keeps this order: [Book.Set] takes positions in and out, [Book.Liquidatable] returns
// those that a [Market] state makes liquidatable, worst first. The order is kept in floats and only narrows the search;
// every position returned has passed the contract's own integer arithmetic, and none that would pass is left out.
//
// Where the order does not hold, because positions have prices, rates or thresholds of their own, [Scan] goes over
// columns of floats and asks for an exact decision on whatever is not far from the edge.
//
// # What not to use it for
//
// The rule is that of Morpho Blue: uint128 amounts, virtual shares of 10^6, price scale 10^36. [Book.Above] serves
// other rules of the same shape through a check of the caller's. Interest must be accrued in the Market given: a
// contract accrues before it decides.
//
// # Units
//
// Shares are debt shares, collateral is base units of the collateral asset, both below 2^128.
//
// # Cost
//
// Positions lie in sorted blocks of at most 256 keys. A change costs two binary searches and a move within one block; a
// block that splits or empties moves the list of blocks, n/256 entries at most, once in about a hundred changes. Asking
// costs one comparison and then one step for each position near or beyond the edge. A position takes about 90 bytes.
//
// # Concurrency
//
// A Book is for one writer and many readers: all methods may be called at the same time. Those that change it wait for
// each other and for readers. A [Book.Set] is seen whole or not at all. No lock is held when a method has returned; the
// check given to [Book.Above] runs under the lock and must not use the Book.
package book
