# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes three events to the CloudWatch Logs at the URL given, as AWS's own SDK does it, and prints
what it was told; 77 without botocore."""
import json
import sys
import time

try:
    import botocore.session
    from botocore.config import Config
except ImportError:
    sys.exit(77)

session = botocore.session.Session()
session.set_credentials("AKIDEXAMPLE", "secret", "token")
logs = session.create_client("logs", region_name="eu-west-1", endpoint_url=sys.argv[1],
                             config=Config(retries={"max_attempts": 0}))
now = int(time.time() * 1000)
names = {"logGroupName": "/app/sdk", "logStreamName": "stream"}
events = [{"timestamp": now - 1, "message": "plain text \N{ROCKET}"},
          {"timestamp": now, "message": json.dumps({"message": "json", "level": "ERROR", "id": 7})},
          {"timestamp": now + 5 * 3600 * 1000, "message": "too new"}]
told = {}
try:
    logs.put_log_events(logEvents=events, **names)
except logs.exceptions.ResourceNotFoundException as error:
    told["missing"] = error.response["Error"]["Message"]
logs.create_log_group(logGroupName="/app/sdk")
logs.put_retention_policy(logGroupName="/app/sdk", retentionInDays=7)
logs.create_log_stream(**names)
try:
    logs.create_log_stream(**names)
except logs.exceptions.ResourceAlreadyExistsException:
    told["exists"] = True
answer = logs.put_log_events(logEvents=events, **names)
told["rejected"] = answer["rejectedLogEventsInfo"]
told["request"] = bool(answer["ResponseMetadata"]["RequestId"])
told["groups"] = [(group["logGroupName"], group["retentionInDays"])
                  for group in logs.describe_log_groups(logGroupNamePrefix="/app")["logGroups"]]
told["streams"] = [stream["logStreamName"] for stream in
                   logs.describe_log_streams(logGroupName="/app/sdk")["logStreams"]]
print(json.dumps(told, sort_keys=True))
