// InForceState: what is in force although it is not what is written, kept in the state directory, so that a restart of the
// control plane lets no held edit through and puts no refused version in force again: versions before edits that are held,
// and verdicts (mesh/verdicts.h). Outlives the control plane it serves.
#pragma once

#include <string>
#include <vector>

#include "delivery/engine_source.h"
#include "source/last_good.h"

namespace amime::local {

class InForceState {
 public:
  explicit InForceState(const std::string& state_dir) : state_dir_(state_dir), record_(state_dir, source::LastGood::kInForce) {}
  // For the control plane: what an earlier process left, and how to keep it up.
  delivery::EngineSourceOptions options(const mesh::HoldOptions& holds);

 private:
  std::string verdicts_path() const { return state_dir_ + "/verdicts.jsonl"; }
  std::vector<mesh::Verdict> load_verdicts() const;
  void keep(const delivery::InForceRecord& record);
  void keep_verdicts(const std::vector<mesh::Verdict>& verdicts);

  const std::string state_dir_;  // empty: nothing is kept
  source::LastGood record_;
  std::vector<mesh::Verdict> kept_;
};

}  // namespace amime::local
