package supervise

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// mostCrashBytes bounds the file of crash records; the one before it is kept too.
const mostCrashBytes = 2 << 20

var recording sync.Mutex

// Record appends a death to the file of crash records, which holds a JSON object a line and never grows
// beyond a few megabytes.
func Record(file string, death Death) error {
	recording.Lock()
	defer recording.Unlock()
	line, err := json.Marshal(death)
	if err != nil {
		return fmt.Errorf("write down a death: %w", err)
	}
	if info, err := os.Stat(file); err == nil && info.Size() > mostCrashBytes {
		if err := os.Rename(file, before(file)); err != nil {
			return fmt.Errorf("rotate the crash records: %w", err)
		}
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the crash records: %w", err)
	}
	_, err = out.Write(append(line, '\n'))
	return errors.Join(err, out.Close())
}

// Deaths reads the crash records, newest first and at most so many. A file that is not there holds none.
func Deaths(file string, most int) ([]Death, error) {
	var deaths []Death
	for _, name := range []string{file, before(file)} {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the crash records: %w", err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		slices.Reverse(lines)
		for _, line := range lines {
			var death Death
			// A line that a full disk cut short is passed over.
			if json.Unmarshal([]byte(line), &death) == nil && len(deaths) < most {
				deaths = append(deaths, death)
			}
		}
	}
	return deaths, nil
}

func before(file string) string {
	ending := filepath.Ext(file)
	return strings.TrimSuffix(file, ending) + ".1" + ending
}
