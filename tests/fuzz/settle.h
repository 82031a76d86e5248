// Files that resources name are the proxy's own and not here: certificates become ones that are, logs go nowhere.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace amime::test {

void settle_files(google::protobuf::Message& message, const std::string& certificate, const std::string& key);

}  // namespace amime::test
