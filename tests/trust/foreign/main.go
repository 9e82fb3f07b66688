// Command foreign reads a credit log that it has no part in, by the checksum database's own libraries of Go
// (golang.org/x/mod/sumdb/tlog and note), and checks all of it: the checkpoint's signature, every entry, every tile,
// inclusion proofs of some entries, and that a checkpoint of before is its beginning. It prints one JSON object.
//
//	foreign SOURCE VKEY OLD_CHECKPOINT
//
// SOURCE is the log's address or a folder with its files, OLD_CHECKPOINT a file.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height  = 8
	width   = 1 << height
	samples = 64
	atOnce  = 16
)

var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}

type source string

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("foreign SOURCE VKEY OLD_CHECKPOINT"))
	}
	verifier, err := note.NewVerifier(os.Args[2])
	fail(err)
	log := source(strings.TrimSuffix(os.Args[1], "/"))
	now, err := log.read("checkpoint")
	fail(err)
	tree, err := open(now, verifier)
	fail(err)
	before, err := os.ReadFile(os.Args[3])
	fail(err)
	old, err := open(before, verifier)
	fail(err)

	entries, hashes, err := log.entries(tree)
	fail(err)
	tiles, err := log.checkTiles(tree, hashes)
	fail(err)
	proved, err := log.checkProofs(tree, old, entries)
	fail(err)
	told := map[string]int64{
		"size": tree.N, "entries": int64(len(entries)), "tiles": tiles, "inclusions": proved, "consistent_from": old.N,
	}
	fail(json.NewEncoder(os.Stdout).Encode(told))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// open checks the signature of a checkpoint and returns the tree that it names (c2sp.org/tlog-checkpoint).
func open(raw []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("no root in the checkpoint")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// read returns a file of the log.
func (log source) read(path string) ([]byte, error) {
	if !strings.HasPrefix(string(log), "http") {
		return os.ReadFile(filepath.Join(string(log), path))
	}
	answer, err := client.Get(string(log) + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// readAll returns many files of the log, read several at a time.
func (log source) readAll(paths []string) ([][]byte, error) {
	found, failed := make([][]byte, len(paths)), make([]error, len(paths))
	turns := make(chan struct{}, atOnce)
	var readers sync.WaitGroup
	for i := range paths {
		turns <- struct{}{}
		readers.Add(1)
		go func(i int) {
			found[i], failed[i] = log.read(paths[i])
			<-turns
			readers.Done()
		}(i)
	}
	readers.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// path returns where c2sp.org/tlog-tiles has a tile: as the checksum database does, without the height.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

// entries reads every entry and returns them with all the hashes that they make.
func (log source) entries(tree tlog.Tree) ([][]byte, []tlog.Hash, error) {
	var entries [][]byte
	var hashes []tlog.Hash
	known := tlog.HashReaderFunc(func(asked []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(asked))
		for i, index := range asked {
			found[i] = hashes[index]
		}
		return found, nil
	})
	var paths []string
	for n := int64(0); n*width < tree.N; n++ {
		tile := tlog.Tile{H: height, L: -1, N: n, W: least(width, tree.N-n*width)}
		paths = append(paths, strings.Replace(path(tile), "tile/data/", "tile/entries/", 1))
	}
	bundles, err := log.readAll(paths)
	if err != nil {
		return nil, nil, err
	}
	for n, bundle := range bundles {
		for i := 0; i < least(width, tree.N-int64(n)*width); i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return nil, nil, fmt.Errorf("bundle %d is cut off", n)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			more, err := tlog.StoredHashes(int64(len(entries)), bundle[2:end], known)
			if err != nil {
				return nil, nil, err
			}
			entries, hashes, bundle = append(entries, bundle[2:end]), append(hashes, more...), bundle[end:]
		}
		if len(bundle) != 0 {
			return nil, nil, fmt.Errorf("bundle %d is too long", n)
		}
	}
	root, err := tlog.TreeHash(tree.N, known)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("the entries make another root than the one signed")
	}
	return entries, hashes, err
}

// checkTiles compares every tile of the tree with the hashes that the entries make.
func (log source) checkTiles(tree tlog.Tree, hashes []tlog.Hash) (int64, error) {
	var all []tlog.Tile
	var paths []string
	for level := 0; tree.N>>(height*level) > 0; level++ {
		for n, here := int64(0), tree.N>>(height*level); n*width < here; n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: least(width, here-n*width)}
			all, paths = append(all, tile), append(paths, path(tile))
		}
	}
	served, err := log.readAll(paths)
	if err != nil {
		return 0, err
	}
	for i, tile := range all {
		made, err := tlog.ReadTileData(tile, tlog.HashReaderFunc(func(asked []int64) ([]tlog.Hash, error) {
			found := make([]tlog.Hash, len(asked))
			for i, index := range asked {
				found[i] = hashes[index]
			}
			return found, nil
		}))
		if err != nil || !bytes.Equal(made, served[i]) {
			return 0, fmt.Errorf("%s is not what the entries make (%v)", paths[i], err)
		}
	}
	return int64(len(all)), nil
}

// checkProofs proves some entries and the older tree out of nothing but tiles.
func (log source) checkProofs(tree, old tlog.Tree, entries [][]byte) (int64, error) {
	reader := tlog.TileHashReader(tree, &tiles{log: log, kept: map[tlog.Tile][]byte{}})
	proved := int64(0)
	for at := int64(0); at < samples; at++ {
		index := at * (tree.N - 1) / (samples - 1)
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entries[index])); err != nil {
			return 0, err
		}
		proved++
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return 0, err
	}
	return proved, tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

// tiles reads tiles for tlog, which checks them against the tree.
type tiles struct {
	log  source
	kept map[tlog.Tile][]byte
}

func (t *tiles) Height() int { return height }

func (t *tiles) ReadTiles(asked []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(asked))
	for i, tile := range asked {
		if data, ok := t.kept[tile]; ok {
			found[i] = data
			continue
		}
		data, err := t.log.read(path(tile))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func (t *tiles) SaveTiles(read []tlog.Tile, data [][]byte) {
	for i, tile := range read {
		t.kept[tile] = data[i]
	}
}

func least(a, b int64) int {
	if a < b {
		return int(a)
	}
	return int(b)
}
