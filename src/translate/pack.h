// Puts a message into an Any with bytes that are the same for equal messages. Any::PackFrom does not promise that where
// the message holds maps, and versions are hashes of bytes. Pure; any thread.
#pragma once

namespace google::protobuf {
class Any;
class Message;
}  // namespace google::protobuf

namespace amime::translate {

void pack(const google::protobuf::Message& message, google::protobuf::Any* out);

}  // namespace amime::translate
