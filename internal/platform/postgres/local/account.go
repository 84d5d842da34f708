package local

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
)

// SystemUser is the unprivileged user that the server runs as when Muster is started by root.
const SystemUser = "muster"

// account is the system user that the server runs as.
type account struct {
	name     string
	uid, gid uint32
	// other is set when it is not the user of this process.
	other bool
}

// serverAccount is the user of this process, or for root a system user that is made when missing,
// because PostgreSQL refuses to run as root.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		name := strconv.Itoa(os.Geteuid())
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
		return account{name: name, uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	if runtime.GOOS != "linux" {
		return account{}, errors.New("PostgreSQL refuses to run as root; start Muster as an ordinary user")
	}
	u, err := systemUser()
	if err != nil {
		return account{}, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", SystemUser, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", SystemUser, err)
	}
	return account{name: SystemUser, uid: uint32(uid), gid: uint32(gid), other: true}, nil
}

// systemUser finds or makes the user. Two useradd at once both succeed and leave the number of the last, so
// processes that look take turns, by a lock on /etc that leaves no file behind.
func systemUser() (*user.User, error) {
	turn, err := os.Open("/etc")
	if err != nil {
		return nil, err
	}
	defer turn.Close()
	if err := syscall.Flock(int(turn.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("wait for the turn to make the user %s: %w", SystemUser, err)
	}
	if u, err := user.Lookup(SystemUser); err == nil {
		return u, nil
	}
	if err := addSystemUser(); err != nil {
		return nil, err
	}
	u, err := user.Lookup(SystemUser)
	if err != nil {
		return nil, fmt.Errorf("find the user %s just made: %w", SystemUser, err)
	}
	return u, nil
}

// addSystemUser knows the two families of programs: shadow's useradd, and Busybox's adduser.
func addSystemUser() error {
	home, shell := "/var/lib/muster", "/bin/false"
	commands := [][]string{
		{"useradd", "--system", "--user-group", "--home-dir", home, "--no-create-home", "--shell", shell, SystemUser},
		{"adduser", "-S", "-D", "-H", "-h", home, "-s", shell, SystemUser},
	}
	for _, command := range commands {
		path := lookBeyondPath(command[0])
		if path == "" {
			continue
		}
		out, err := exec.Command(path, command[1:]...).CombinedOutput()
		if err == nil {
			return nil
		}
		return fmt.Errorf("make the system user %s for PostgreSQL: %w: %s", SystemUser, err, out)
	}
	return fmt.Errorf("PostgreSQL refuses to run as root, and neither useradd nor adduser is here to make a user for it; make a system user named %s, or start Muster as an ordinary user", SystemUser)
}

func lookBeyondPath(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	for _, folder := range []string{"/usr/sbin/", "/sbin/"} {
		if _, err := os.Stat(folder + program); err == nil {
			return folder + program
		}
	}
	return ""
}

// attributes start a program as the account, in a session of its own, so that a Ctrl-C in the terminal
// does not reach the server before Muster has drained.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if a.other {
		attributes.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attributes
}
