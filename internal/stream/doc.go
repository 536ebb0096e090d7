// Package stream follows a chain: it hands on blocks with their logs in order, each once, from any block on, and takes
// back what a reorganisation undoes.
//
// Blocks deeper than the window are fetched by range, in parallel. Those within it are fetched one by one, their logs by
// block hash, and each must name the one before as its parent. What was handed on within the window is kept, so that it
// can be undone. A round is a pass of this over what is new; a failure ends the round, and after a pause the next one
// goes on from the last block that was handed on.
package stream
