// How the service ports that share an outbound listener come together in it: HTTP, bytes, or both told apart by looking.
// Istio's order of precedence: the first service wins where two want the same connections. One rule's run.
#pragma once

#include <string>
#include <vector>

#include "translate/chain.h"
#include "translate/outbound_plan.h"
#include "translate/view.h"

namespace amime::translate {

struct MergedListener {
  std::vector<Chain> chains;
  std::vector<RuleKey> tables;  // rules of the route tables that the chains name
};

MergedListener merge_asks(View& view, const ListenerPlan& plan, std::string_view listener_name, std::vector<Note>* notes);

}  // namespace amime::translate
