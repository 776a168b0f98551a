package hold

// Die ends the heartbeat and leaves all else as it is, as the end of the process does.
func (n *Node) Die() {
	n.rest()
	n.beating.Wait()
}
