"""Packaging of the connector: the single source of name, version, dependencies and entry point."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = (HERE / "destination_close" / "VERSION").read_text().strip()

MAIN_REQUIREMENTS = [
    "airbyte-cdk>=7.39,<8",
    "requests>=2.32,<3",
    "jsonschema>=4.17,<5",
    # decodes and encodes the message lines, several times faster than the standard library
    "orjson>=3.10,<4",
    # column templates, in its sandbox; the convention of Airbyte's own low-code connectors
    "Jinja2>=3.1.6,<4",
    # phone numbers in E.164, the form in which Close stores them
    "phonenumbers>=8.13,<10",
    # rejected records in S3: knows credentials, roles, regions and endpoints; imported only when a bucket is configured
    "boto3>=1.36,<2",
]
TEST_REQUIREMENTS = [
    "pytest>=8,<9",
    "pytest-timeout>=2.3,<3",
    # tests side by side, one worker per core
    "pytest-xdist>=3.6,<4",
    "hypothesis>=6.110,<7",
    # the HTTP front of the Close sandbox
    "starlette>=0.40,<1",
    "uvicorn>=0.30,<1",
    # the contract test that holds the sandbox against Close's published schemas
    "PyYAML>=6,<7",
    # an S3 server to write rejected records to; its extra `server` is for all of AWS, and four times as large as these three
    "moto[s3]>=5.1,<6",
    "Flask>=3,<4",
    "Flask-Cors>=5,<7",
]
DEV_REQUIREMENTS = [
    *TEST_REQUIREMENTS,
    "ruff>=0.8,<1",
    "mypy>=1.13,<2",
    "import-linter>=2.1,<3",
    "types-requests",
    "types-PyYAML",
    "types-jsonschema",
]

setup(
    name="airbyte-destination-close",
    version=VERSION,
    description="Airbyte destination that upserts records into Close as Leads and Contacts.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8") if (HERE / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="MIT",
    packages=find_packages(include=["destination_close", "destination_close.*"]),
    package_data={"destination_close": ["spec.json", "VERSION", "py.typed", "plan/page_parts/*"]},
    python_requires=">=3.10,<3.14",
    install_requires=MAIN_REQUIREMENTS,
    extras_require={"tests": TEST_REQUIREMENTS, "dev": DEV_REQUIREMENTS},
    entry_points={"console_scripts": ["destination-close=destination_close.run:run"]},
)
