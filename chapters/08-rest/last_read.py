"""Print which part ada read last; somebody wrote it a year ago, and has left since."""

from apps import create_app

program = create_app().test_client()
account = "ada", "correct horse battery"
token = program.post("/user/token", auth=account).json["access_token"]
answer = program.get("/api/v1/progress", headers={"Authorization": f"Bearer {token}"})
read = answer.json["read"]
print(max(read, key=read.get))
