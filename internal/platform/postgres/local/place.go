package local

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// place is where the parts of a cluster lie.
type place struct {
	dir    string
	data   string
	socket string
	log    string
}

// longestSocketDir is what a socket folder may be long in bytes: sun_path holds 108 on Linux and 104 on
// macOS with the closing zero, and the server adds its file name.
func longestSocketDir() int {
	limit := 107
	if runtime.GOOS == "darwin" {
		limit = 103
	}
	return limit - len("/.s.PGSQL."+port)
}

// newPlace works out the places for a folder; it is the same for every process that asks.
func newPlace(dir string) place {
	p := place{dir: dir, data: filepath.Join(dir, "data"), socket: filepath.Join(dir, "run"), log: filepath.Join(dir, "log")}
	if len(p.socket) > longestSocketDir() {
		sum := sha256.Sum256([]byte(dir))
		p.socket = fmt.Sprintf("/tmp/muster-%x", sum[:8])
	}
	return p
}

// placeOf makes the folders that the server writes to and checks that nobody else can enter its socket.
func placeOf(dir string, owner account) (place, error) {
	p := newPlace(dir)
	for _, folder := range []string{p.socket, p.log} {
		if err := owner.makePrivate(folder); err != nil {
			return p, err
		}
	}
	return p, nil
}

// makeFolder makes the folder of the cluster. The server's user may pass through it but not write into it,
// so that a compromised server cannot plant links for a Muster that runs as root.
func makeFolder(dir string, owner account) error {
	if err := MakePassable(dir); err != nil {
		return fmt.Errorf("make the folder of the private PostgreSQL: %w (set MUSTER_DATA to a folder that you may write to)", err)
	}
	if !owner.other {
		return nil
	}
	for folder := dir; ; folder = filepath.Dir(folder) {
		info, err := os.Stat(folder)
		if err != nil {
			return fmt.Errorf("look at %s: %w", folder, err)
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		passable := info.Mode().Perm()&0o001 != 0 ||
			ok && stat.Uid == owner.uid && info.Mode().Perm()&0o100 != 0 ||
			ok && stat.Gid == owner.gid && info.Mode().Perm()&0o010 != 0
		if !passable {
			return fmt.Errorf("PostgreSQL refuses to run as root and runs as the user %s, who cannot enter %s; set MUSTER_DATA to a folder outside it, such as /var/lib/muster", owner.name, folder)
		}
		if folder == filepath.Dir(folder) {
			return nil
		}
	}
}

// MakePassable makes a folder and those above it that others may pass through but not list, whatever the umask.
func MakePassable(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := MakePassable(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o711); err != nil {
		if errors.Is(err, os.ErrExist) {
			return nil
		}
		return err
	}
	return os.Chmod(dir, 0o711)
}

// makePrivate makes a folder of the server's user that nobody else can enter, or checks that it is one.
func (a account) makePrivate(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if err == nil {
		return a.own(folder)
	}
	if !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make %s: %w", folder, err)
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return fmt.Errorf("look at %s: %w", folder, err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || stat.Uid != a.uid && stat.Uid != uint32(os.Geteuid()) {
		return fmt.Errorf("%s is not a folder of the user %s; remove it or set MUSTER_DATA to another folder", folder, a.name)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return fmt.Errorf("close %s to others: %w", folder, err)
	}
	return a.own(folder)
}

func (a account) own(folder string) error {
	if !a.other {
		return nil
	}
	if err := os.Lchown(folder, int(a.uid), int(a.gid)); err != nil {
		return fmt.Errorf("give %s to the user %s: %w", folder, a.name, err)
	}
	return nil
}

// AlreadyUsedError says that another process looks after a folder.
type AlreadyUsedError struct {
	Dir string
	// PID is the process that holds the folder, or 0 when it could not be read.
	PID int
}

func (e *AlreadyUsedError) Error() string {
	who := "another Muster"
	if e.PID > 0 {
		who = fmt.Sprintf("another Muster (process %d)", e.PID)
	}
	return fmt.Sprintf("%s already runs on %s; stop it first, or set MUSTER_DATA to another folder", who, e.Dir)
}

// lockFolder takes the folder for this process. The kernel drops the lock when the process ends, however it ends.
func lockFolder(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("the private PostgreSQL in %s belongs to another user; run the command as that user (with sudo, if Muster was started so)", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open the lock of the private PostgreSQL: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
		}
		text, _ := io.ReadAll(io.LimitReader(file, 32))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		return nil, &AlreadyUsedError{Dir: dir, PID: pid}
	}
	if err := errors.Join(file.Truncate(0), writeAt(file, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		file.Close()
		return nil, fmt.Errorf("write %s: %w", file.Name(), err)
	}
	return file, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// logTail is the end of what the server wrote: before its own log began, and the newest log file.
func (p place) logTail() string {
	var text strings.Builder
	names := []string{filepath.Join(p.log, startupLog)}
	if files := p.logFiles(); len(files) > 0 {
		names = append(names, files[len(files)-1])
	}
	for _, name := range names {
		text.Write(tail(name, 4096))
	}
	return text.String()
}

// logFiles are the server's own log files, oldest first (their names carry the time).
func (p place) logFiles() []string {
	files, _ := filepath.Glob(filepath.Join(p.log, "postgres-*.log"))
	slices.Sort(files)
	return files
}

// pruneLogs keeps the newest log files; each is 10 MB at most.
func (p place) pruneLogs() {
	const keep = 5
	files := p.logFiles()
	for len(files) > keep {
		os.Remove(files[0])
		files = files[1:]
	}
}

func tail(name string, size int64) []byte {
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > size {
		if _, err := file.Seek(-size, io.SeekEnd); err != nil {
			return nil
		}
	}
	text, _ := io.ReadAll(io.LimitReader(file, size))
	return bytes.ToValidUTF8(text, []byte("?"))
}
