// The keeper: `amime keep PARENT -- COMMAND...`, a hidden command. Runs COMMAND and makes sure that nothing COMMAND started
// outlives PARENT (which started the keeper), however PARENT ends: the kernel tells the keeper (PR_SET_PDEATHSIG), and the
// keeper is the one to which orphaned grandchildren fall (PR_SET_CHILD_SUBREAPER), so it finds them all.
#pragma once

#include <string>
#include <vector>

namespace amime::local {

// Returns the exit code: COMMAND's, 128 + N if a signal N killed it, 127 if it could not be run.
int run_keeper(int parent, const std::vector<std::string>& command);

}  // namespace amime::local
