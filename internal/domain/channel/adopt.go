package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Adopt makes a channel that is there already the one of an incident that was written down afterwards.
type Adopt struct {
	Incident id.ID
	// Named is the channel, as Find takes it.
	Named string
	// History brings into the room what was said in it while the incident lasted.
	History bool
}

// Entered says that Muster is in a channel that was there before the incident.
type Entered struct {
	incident.About
	// Channel is the platform's id, History whether what was said in it while the incident lasted is brought into the room.
	Channel string `json:"channel"`
	History bool   `json:"history"`
}

// Kind names the event.
func (Entered) Kind() string { return "channel.entered" }

// Choose finds the channel that somebody wants for an incident that may be declared only after, and refuses what cannot be
// its channel. Problems are about "channel".
func (s *Service) Choose(ctx context.Context, named string, private bool) (Place, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return Place{}, err
	}
	found, err := s.Find(ctx, []string{named})
	if err != nil {
		for _, p := range problem.All(err) {
			if p.Field == "channels" {
				return Place{}, problem.Field("channel", p.Code, "%s", p.Message)
			}
		}
		return Place{}, err
	}
	if len(found) == 0 {
		return Place{}, problem.Field("channel", "is_required", "Name a channel: #incidents, or the link to it.")
	}
	place := found[0]
	inside := !place.Private
	if place.Private {
		if inside, err = s.Directory.Inside(ctx, place.ID, scope.Actor.ID); err != nil {
			return Place{}, err
		}
	}
	if !inside { // as if it were not there
		return Place{}, problem.Field("channel", "unknown", "Muster sees no channel %s that you are in.", strings.TrimSpace(named))
	}
	if err := decideChoice(place, private); err != nil {
		return Place{}, err
	}
	other, err := s.ByExternal(ctx, place.ID)
	switch {
	case problem.Is(err, problem.NotFound):
		return place, nil
	case err != nil:
		return Place{}, err
	}
	inc, err := s.Incidents.Brief(ctx, other.Incident)
	if err != nil {
		return Place{}, err
	}
	return place, taken(place.Name, inc.Reference)
}

// IsPrivate is the code of the problem that a channel is private and the incident is not.
const IsPrivate = "private"

// decideChoice refuses a channel in which those in the incident would see what others may not, or the other way round.
func decideChoice(place Place, private bool) error {
	switch {
	case place.Unseen && private:
		return problem.Field("channel", "unseen", "Slack does not say at the moment whether this channel is private, as a private incident needs it. Leave it out now, or try again in a few minutes.")
	case place.Private && !private:
		return problem.Field("channel", IsPrivate, "#%s is private in Slack, and everybody in Muster would read what is said in it. Make the incident private too, or choose a public channel.", place.Name)
	case !place.Private && !place.Unseen && private:
		return problem.Field("channel", "public", "#%s is public in Slack, and the incident is private. Choose a private channel.", place.Name)
	}
	return nil
}

func taken(name, by string) error {
	return problem.Field("channel", "taken", "#%s is the channel of %s already. Choose another.", name, by)
}

// Adopt makes a channel the incident's: Muster joins it, says what the incident is, and mirrors from then on. Its name
// and topic stay as they are, and it is never archived. The same channel twice is no error.
func (s *Service) Adopt(ctx context.Context, cmd Adopt) (Channel, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return Channel{}, err
	}
	inc, err := s.Incidents.Get(ctx, cmd.Incident)
	if err != nil {
		return Channel{}, err
	}
	had, err := s.Of(ctx, inc.ID)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return Channel{}, err
	}
	place := Place{ID: cmd.Named}
	if had.External == "" || had.External != cmd.Named {
		if place, err = s.Choose(ctx, cmd.Named, inc.Private); err != nil && (had.ID.Empty() || had.External != place.ID) {
			return Channel{}, err
		}
	}
	switch {
	case !had.ID.Empty() && had.External == place.ID:
		return had, nil
	case !had.ID.Empty():
		return Channel{}, problem.Field("channel", "has_one", "%s has the channel #%s already.", inc.Reference, had.Name)
	case inc.Mode != incident.Retrospective:
		return Channel{}, problem.Field("channel", "not_over", "Only an incident that is written down afterwards takes a channel that is there already; the others get one of their own.")
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		held, err := incident.Lock(ctx, tx, inc.ID)
		if err != nil {
			return err
		}
		if held.Private != inc.Private {
			return problem.New(problem.Conflict, "stale", "The incident changed meanwhile. Look at it again.")
		}
		conversation, err := s.Outbox.Open(ctx, tx, chat.Conversation{Incident: held.ID, Private: held.Private, Ref: chat.ConversationRef{Platform: s.Platform.Name(), ID: place.ID}})
		if err != nil {
			return err
		}
		team, _, _ := strings.Cut(place.ID, "/")
		added, err := db.New(tx).InsertAdopted(ctx, db.InsertAdoptedParams{
			OrganisationID: scope.Organisation, ConversationID: conversation, IncidentID: held.ID, Private: held.Private, TeamID: id.ID(team), ExternalID: id.ID(place.ID),
			At: s.clock.Now(), History: cmd.History,
		})
		if err != nil {
			return fmt.Errorf("record a channel: %w", err)
		}
		if added == 0 { // an incident that the actor does not see, or somebody else was quicker
			return taken(place.Name, "another incident")
		}
		return audit.Write(ctx, tx, s.clock.Now(), audit.Entry{
			Action: "channel.adopted", TargetType: "incident", TargetID: held.ID, Incident: held.ID, Private: held.Private,
			After: map[string]any{"channel": place.Name, "history": cmd.History},
		})
	})
	if err != nil {
		return Channel{}, err
	}
	return s.Of(ctx, inc.ID)
}

// errPrivate is what a channel turned out to be that was chosen while the platform did not answer.
var errPrivate = fmt.Errorf("%w: the channel is private, and the incident is not", chat.ErrRefused)

// enter brings Muster into a channel that was there before the incident.
func (s *Service) enter(ctx context.Context, row db.MusterChannel) (db.MusterChannel, error) {
	site, err := s.Platform.Enter(ctx, of(row).Ref(s.Platform.Name()))
	switch {
	case err != nil:
		return row, fmt.Errorf("enter a channel: %w", err)
	case site.Private && !row.Private:
		return row, errPrivate
	case row.Private && !site.Private: // the incident was made private before anybody was there
		if row, err = s.rehouse(ctx, row); err != nil {
			return row, err
		}
		return s.opening(ctx, row)
	}
	row.Drawn, err = json.Marshal(drawn{Private: site.Private})
	if err != nil {
		return row, fmt.Errorf("write how a channel is drawn: %w", err)
	}
	row.State, row.Name, row.PrivateThere = string(Opened), site.Name, &site.Private
	return row, s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		err := q.SetOpened(ctx, db.SetOpenedParams{ConversationID: row.ConversationID, ExternalID: row.ExternalID, Name: site.Name, PrivateThere: site.Private})
		if err != nil {
			return fmt.Errorf("record a channel that was entered: %w", err)
		}
		return s.bus.Publish(ctx, tx, Entered{About: incident.About{Incident: row.IncidentID, Private: row.Private}, Channel: string(row.ExternalID), History: row.BringsHistory})
	})
}
