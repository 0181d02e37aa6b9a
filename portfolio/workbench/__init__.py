"""The pages of those who keep projects true, and of those who decide: 工作台."""
