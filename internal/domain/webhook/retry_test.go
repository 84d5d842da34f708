package webhook

import (
	"testing"
	"time"
)

// TestRetriesFillADay follows a delivery that fails for good, at both ends of the spread.
func TestRetriesFillADay(t *testing.T) {
	begun := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, chance := range []float64{0, 0.5, 1} {
		at, tries := begun, 1
		for ; ; tries++ {
			next, more := again(tries, begun, at, 0, chance)
			if !more {
				break
			}
			if !next.After(at) {
				t.Fatalf("chance %v: attempt %d comes at %v, not after %v", chance, tries+1, next, at)
			}
			at = next
		}
		if took := at.Sub(begun); tries != 11 || took < 21*time.Hour || took > patience {
			t.Errorf("chance %v: %d attempts in %v, want 11 within a day", chance, tries, took)
		}
	}
}

// TestReceiverAsksForTime holds that a longer pause is kept and that it does not outlast the day.
func TestReceiverAsksForTime(t *testing.T) {
	begun := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if next, more := again(1, begun, begun, time.Minute, 0.5); !more || next.Sub(begun) != time.Minute {
		t.Errorf("asked for a minute: %v, %v", next.Sub(begun), more)
	}
	late := begun.Add(23*time.Hour + 59*time.Minute)
	if next, more := again(3, begun, late, time.Hour, 0.5); !more || next.Sub(begun) != patience {
		t.Errorf("asked for an hour at the end: %v, %v", next.Sub(begun), more)
	}
	if _, more := again(3, begun, begun.Add(patience), 0, 0.5); more {
		t.Error("tried after its day was over")
	}
}

// TestSignatureIsTheSpecifications checks ours against what the library of Svix for receivers makes of the same message.
func TestSignatureIsTheSpecifications(t *testing.T) {
	got, err := sign([]string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("signed %q, %v; want %q", got, err, want)
	}
}
