# SPDX-License-Identifier: Apache-2.0
"""A web application: a blueprint, a session, a template, a lazy import."""

from flask import Blueprint, Flask, jsonify, render_template, request, session

api = Blueprint("api", __name__, url_prefix="/api")


@api.route("/sum")
def add_up():
    return jsonify(sum=sum(int(x) for x in request.args.getlist("x")))


def create_app():
    app = Flask(__name__)
    app.secret_key = "not a secret"
    app.register_blueprint(api)

    @app.route("/")
    def index():
        session["n"] = session.get("n", 0) + 1
        return render_template("index.html", n=session["n"], items=["a", "<b>"])

    @app.route("/when")
    def when():
        import datetime

        return datetime.datetime.strptime("2020-02-03", "%Y-%m-%d").isoformat()

    return app
