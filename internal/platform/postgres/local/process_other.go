//go:build !linux

package local

import (
	"os/exec"
	"strconv"
	"strings"
)

// runsOn asks ps for the command line, which names the data folder.
func runsOn(pid int, data string) bool {
	out, err := exec.Command("ps", "-ww", "-o", "stat=,command=", "-p", strconv.Itoa(pid)).Output()
	line := strings.TrimSpace(string(out))
	return err == nil && !strings.HasPrefix(line, "Z") && strings.Contains(line, "postgres -D "+data)
}
