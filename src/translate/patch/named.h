// What a message names that must be there before it: clusters and route tables, wherever in it they stand. For what a user's
// patch has put in, of which nothing else is known. Pure; any thread.
#pragma once

#include <set>
#include <string>

namespace google::protobuf {
class Message;
}

namespace amime::translate {

// What is packed in an Any is looked into, if it is of Envoy's API. Names of nothing that is there do no harm: see Resource::refs.
std::set<std::string> named_in(const google::protobuf::Message& message);

}  // namespace amime::translate
