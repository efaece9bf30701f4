// A set of objects of which one after the other is replaced.
//
// Arguments: MiB of the set, milliseconds.
package main

import (
	"os"
	"runtime"
	"strconv"
	"time"
)

const object = 1024

// What is not written to costs no memory.
func touched() []byte {
	fresh := make([]byte, object)
	fresh[0] = 1
	return fresh
}

func main() {
	mebibytes, _ := strconv.Atoi(os.Args[1])
	milliseconds, _ := strconv.Atoi(os.Args[2])
	println("processors", runtime.GOMAXPROCS(0))
	set := make([][]byte, mebibytes*1024)
	for at := range set {
		set[at] = touched()
	}
	end := time.Now().Add(time.Duration(milliseconds) * time.Millisecond)
	random, done := uint32(1), 0
	for ; time.Now().Before(end); done += 1000 {
		for step := 0; step < 1000; step++ {
			random = random*1103515245 + 12345
			set[int(random>>8)%len(set)] = touched()
		}
	}
	println("ops", done)
}
