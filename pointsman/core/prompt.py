"""The old address of prompt templates, which programs imported until 0.1: it goes with the next version."""

import warnings

from pointsman.core.prompts.prompt import PromptBook as PromptBook
from pointsman.core.prompts.prompt import PromptTemplate as PromptTemplate
from pointsman.core.prompts.prompt import Variable as Variable
from pointsman.core.prompts.prompt import problems_of as problems_of
from pointsman.core.prompts.prompt import render as rendered

__all__ = ["PromptBook", "PromptTemplate", "Variable", "problems_of", "rendered"]

warnings.warn("import this from pointsman, or from pointsman.core.prompts.prompt", DeprecationWarning, stacklevel=2)
