"""CloudFormation types that moto lacks or deploys unlike AWS, told through the services' own public APIs.

A new type is a class in the module where it belongs and a line in `catalogue.RESOURCE_TYPES`.
"""
