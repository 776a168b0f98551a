package crash

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// childJob, in the environment, has the test binary go through the scenario and
// be killed on the way, instead of running tests.
const childJob = "APTARIUM_TEST_CRASH"

// job is what a child does.
type job struct {
	World world
	From  int  // the first step
	Again bool // that step was begun before
	Fault fault
	Read  bool // have its parent read what it serves
}

// What a child says, a line each, the words split by tabs.
const (
	sayURL    = "url"    // at which it serves
	sayStep   = "step"   // and the count of steps that are done
	sayStruck = "struck" // and the point at which it is going to be killed
)

// child does a job and reports it on standard output. It ends with an error when
// anything fails: no step of its job may fail.
func child(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	s, err := j.World.open(&points{fault: j.Fault, dying: func(p point) {
		fmt.Printf("%s\t%s\t%s\n", sayStruck, p.Step, p.Kind)
	}})
	if err != nil {
		return err
	}
	url, err := s.serve()
	if err != nil {
		return err
	}
	fmt.Printf("%s\t%s\n%s\t%d\n", sayURL, url, sayStep, j.From)
	if err := s.settle(); err != nil { // what the process before did not finish
		return err
	}
	err = s.run(j.From, j.Again, func(done int) { fmt.Printf("%s\t%d\n", sayStep, done) })
	return errors.Join(err, s.close())
}

// run does the steps of the scenario from a step on. After each it reports the number
// of done steps.
func (s *session) run(from int, again bool, report func(done int)) error {
	for i, step := range scenario() {
		if i < from {
			continue
		}
		s.points.enter(step.name)
		s.again = again && i == from
		if err := step.do(s); err != nil {
			return fmt.Errorf("step %d, %s: %w", i, step.name, s.log.or(err))
		}
		report(i + 1)
	}
	return nil
}

// life is what became of a process.
type life struct {
	done   int    // steps that it acknowledged
	struck *point // where it was hit; nil: nowhere
	err    error  // what it failed with

	asked int // files of what it served
}

// start runs a child until it ends. A kill that comes from outside comes some
// time after it has done a number of steps.
func (j job) start(after int, delay time.Duration) life {
	text, err := json.Marshal(j)
	if err != nil {
		return life{err: err}
	}
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childJob+"="+string(text))
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.StdoutPipe()
	if err != nil {
		return life{err: err}
	}
	if err := command.Start(); err != nil {
		return life{err: err}
	}
	l := life{done: j.From}
	lines := bufio.NewScanner(out)
	var reading errgroup.Group
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), sayURL+"\t"); ok && j.Read {
			reading.Go(func() (err error) { l.asked, err = j.World.watchServed(url); return err })
		}
		l.hear(lines.Text())
		if j.Fault.Ending == whenever && l.done == after {
			after = -1
			time.AfterFunc(delay, func() { _ = command.Process.Kill() }) // it may have ended
		}
	}
	ended, read := command.Wait(), reading.Wait()
	switch {
	case read != nil:
		l.err = read
	case problems.Len() > 0:
		l.err = fmt.Errorf("the child says: %s", problems.String())
	case ended != nil && l.struck == nil && j.Fault.Ending != whenever:
		l.err = fmt.Errorf("the child: %w", ended)
	}
	return l
}

// hear takes in one line of a child.
func (l *life) hear(line string) {
	words := strings.Split(line, "\t")
	switch {
	case words[0] == sayStep && len(words) == 2:
		l.done, _ = strconv.Atoi(words[1]) // we wrote it
	case words[0] == sayStruck && len(words) == 3:
		l.struck = &point{words[1], words[2]}
	}
}
