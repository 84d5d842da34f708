package local

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// runsOn checks the command line, which anyone may read (the working folder of another user's process is
// closed to root in a container). A dead process that nobody has waited for has none.
func runsOn(pid int, data string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	args := strings.Split(string(text), "\x00")
	return err == nil && filepath.Base(args[0]) == "postgres" && slices.Contains(args, data)
}
