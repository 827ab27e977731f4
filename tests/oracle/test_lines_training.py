"""Optimizers, schedulers, initial values, states and hooks, as learners write them.

A line is a name and a program, which leaves its answer in R; T is the package.
"""

from tests.oracle.lines import comparisons, table

# Where we differ, and why.
COMPUTED_HERE = {
    "prune": "PyTorch wants nn.utils.prune imported by itself",
    "opt_bad3": "alpha is not looked at",
}
REFUSED_HERE = {
    "muon": "not here",
    "opt_named": "names are not kept",
    "opt_dup": "a parameter given twice is refused",
    "sch_seq": "no state_dict",
    "swa": "not here",
    "save_module": "refused by name",
    "hooks_global": "not here",
    "orth": "not here",
    "clip": "no get_total_norm",
    "fuse": "not here",
}
OTHER = {
    "sch_last": "a UsageError",
    "sch_bad": "an AttributeError",
    "init_gain": "a float",
    "sd_msg": "the text",
    "sd_msg2": "the text",
    "sd_copy": "rounding",
    "save_view": "views are saved by themselves",
    "load_bad": "a DataError",
}

PROGRAMS = table(
    r"""
sgd | R=[train(lambda m:T.optim.SGD(m.parameters(),.1,**k)) for k in ({},{'momentum':.9},{'momentum':.9,'dampening':.5},{'momentum':.9,'nesterov':True},{'weight_decay':.1},{'maximize':True},{'momentum':.5,'weight_decay':.01,'maximize':True})]
adam | R=[train(lambda m:T.optim.Adam(m.parameters(),.1,**k)) for k in ({},{'betas':(.5,.6)},{'eps':.1},{'weight_decay':.1},{'amsgrad':True},{'maximize':True},{'decoupled_weight_decay':True,'weight_decay':.1})]
adamw | R=[train(lambda m:T.optim.AdamW(m.parameters(),.1,**k)) for k in ({},{'weight_decay':.3,'amsgrad':True},{'betas':(0.,.9)},{'maximize':True})]
nadam | R=[train(lambda m:T.optim.NAdam(m.parameters(),.1,**k)) for k in ({},{'momentum_decay':.1},{'weight_decay':.1,'decoupled_weight_decay':True},{'maximize':True})]
radam | R=[train(lambda m:T.optim.RAdam(m.parameters(),.1,**k),steps=8) for k in ({},{'weight_decay':.1},{'betas':(.5,.9),'decoupled_weight_decay':True,'weight_decay':.1},{'maximize':True})]
rms | R=[train(lambda m:T.optim.RMSprop(m.parameters(),.01,**k)) for k in ({},{'alpha':.5},{'momentum':.9},{'centered':True},{'weight_decay':.1,'eps':.1},{'centered':True,'momentum':.5,'maximize':True})]
adagrad | R=[train(lambda m:T.optim.Adagrad(m.parameters(),.1,**k)) for k in ({},{'lr_decay':.1},{'weight_decay':.1},{'initial_accumulator_value':.5,'eps':.1},{'maximize':True})]
adadelta | R=[train(lambda m:T.optim.Adadelta(m.parameters(),**k)) for k in ({},{'lr':.5,'rho':.5},{'weight_decay':.1,'eps':.01},{'maximize':True})]
adamax | R=[train(lambda m:T.optim.Adamax(m.parameters(),.1,**k)) for k in ({},{'betas':(.5,.6)},{'weight_decay':.1},{'maximize':True})]
asgd | R=[train(lambda m:T.optim.ASGD(m.parameters(),.1,**k)) for k in ({},{'lambd':.1,'alpha':.5,'t0':2},{'weight_decay':.1},{'maximize':True})]
rprop | R=[train(lambda m:T.optim.Rprop(m.parameters(),.1,**k)) for k in ({},{'etas':(.3,1.5)},{'step_sizes':(.05,.2)},{'maximize':True})]
lbfgs | R=[train(lambda m:T.optim.LBFGS(m.parameters(),**k),closure=True,steps=3) for k in ({'lr':.1},{'lr':1.,'max_iter':3,'history_size':2},{'line_search_fn':'strong_wolfe','max_iter':5})]
adafactor | R=train(lambda m:T.optim.Adafactor(m.parameters()))
muon | R=train(lambda m:T.optim.Muon([p for p in m.parameters() if p.ndim==2]))
opt_groups | R=train(lambda m:T.optim.SGD([{'params':m[0].parameters(),'lr':.01,'momentum':.5},{'params':m[2].parameters()}],lr=.1))
opt_add | R=train(lambda m:(o:=T.optim.Adam(m[0].parameters()),o.add_param_group({'params':list(m[2].parameters()),'lr':.5}))[0])
opt_named | R=repr(T.optim.SGD(nn.Linear(1,2).named_parameters(),.1)),T.optim.SGD(nn.Linear(1,2).named_parameters(),.1).param_groups[0]['param_names']
opt_tensor_lr | R=train(lambda m:T.optim.Adam(m.parameters(),lr=T.tensor(.1)))
opt_bad | T.optim.Adam([T.ones(1,requires_grad=True)],betas=(1.,.9))
opt_bad2 | T.optim.Adam([T.ones(1,requires_grad=True)],eps=-1)
opt_bad3 | T.optim.RMSprop([T.ones(1,requires_grad=True)],alpha=-1)
opt_bad4 | T.optim.SGD([T.ones(1,requires_grad=True)],momentum=-1)
opt_bad5 | T.optim.SGD([{'params':[T.ones(1,requires_grad=True)]},{'params':[T.ones(1)*T.ones(1,requires_grad=True)]}],.1)
opt_bad6 | p=T.ones(1,requires_grad=True); T.optim.SGD([{'params':[p]},{'params':[p]}],.1)
opt_bad7 | T.optim.LBFGS([{'params':[T.ones(1,requires_grad=True)]},{'params':[T.ones(1,requires_grad=True)]}])
opt_dup | p=T.ones(1,requires_grad=True); o=T.optim.SGD([p,p],.1); R=len(o.param_groups[0]['params'])
opt_nolr | R=[T.optim.SGD([T.ones(1,requires_grad=True)]).param_groups[0]['lr'],T.optim.Adagrad([T.ones(1,requires_grad=True)]).param_groups[0]['lr']]
opt_load | m=nn.Linear(2,1); o=T.optim.Adam(m.parameters(),.1); m(T.ones(1,2)).sum().backward(); o.step(); s=copy.deepcopy(o.state_dict()); o2=T.optim.Adam(m.parameters(),.5); o2.load_state_dict(s); o2.step(); R=list(m.parameters()),o2.param_groups[0]['lr']
opt_load_bad | T.optim.SGD(nn.Linear(2,1).parameters(),.1).load_state_dict(T.optim.SGD([T.ones(1,requires_grad=True)],.1).state_dict())
opt_hooks | L=[]; p=T.ones(1,requires_grad=True); o=T.optim.SGD([p],.1); h=o.register_step_pre_hook(lambda *a:L.append('pre')); o.register_step_post_hook(lambda *a:L.append('post')); p.sum().backward(); o.step(); h.remove(); o.step(); R=L
opt_deepcopy | m=nn.Linear(1,1); o=T.optim.Adam(m.parameters()); m(T.ones(1,1)).sum().backward(); o.step(); R=copy.deepcopy(o).state_dict()['state'][0]
opt_pickle | m=nn.Linear(1,1); o=T.optim.Adam(m.parameters()); m(T.ones(1,1)).sum().backward(); o.step(); R=pickle.loads(pickle.dumps(o)).state_dict()['state'][0]
sch_step | R=[train(lambda m:T.optim.SGD(m.parameters(),.1),sched=s,steps=7) for s in (lambda o:T.optim.lr_scheduler.StepLR(o,2,.5),lambda o:T.optim.lr_scheduler.MultiStepLR(o,[2,3,3],.1),lambda o:T.optim.lr_scheduler.ConstantLR(o,.3,3),lambda o:T.optim.lr_scheduler.LinearLR(o,.3,.9,4),lambda o:T.optim.lr_scheduler.ExponentialLR(o,.7),lambda o:T.optim.lr_scheduler.PolynomialLR(o,4,2.))]
sch_cos | R=[train(lambda m:T.optim.SGD(m.parameters(),.1),sched=s,steps=9) for s in (lambda o:T.optim.lr_scheduler.CosineAnnealingLR(o,4,.01),lambda o:T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o,3,2,.01),lambda o:T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o,2))]
sch_lambda | R=[train(lambda m:T.optim.SGD([{'params':m[0].parameters()},{'params':m[2].parameters(),'lr':.5}],.1),sched=s,steps=4)[:2] for s in (lambda o:T.optim.lr_scheduler.LambdaLR(o,[lambda e:.9**e,lambda e:1/(e+1)]),lambda o:T.optim.lr_scheduler.MultiplicativeLR(o,lambda e:.5))]
sch_cyc | R=[train(lambda m:T.optim.SGD(m.parameters(),.1,momentum=.9),sched=s,steps=9)[:2] for s in (lambda o:T.optim.lr_scheduler.CyclicLR(o,.01,.1,3),lambda o:T.optim.lr_scheduler.CyclicLR(o,.01,.1,2,4,mode='triangular2'),lambda o:T.optim.lr_scheduler.CyclicLR(o,.01,.1,2,mode='exp_range',gamma=.9),lambda o:T.optim.lr_scheduler.CyclicLR(o,.01,.1,2,cycle_momentum=False,scale_fn=lambda x:.5))]
sch_one | R=[train(lambda m:T.optim.Adam(m.parameters(),.1),sched=s,steps=9)[:2] for s in (lambda o:T.optim.lr_scheduler.OneCycleLR(o,.5,total_steps=10),lambda o:T.optim.lr_scheduler.OneCycleLR(o,.5,epochs=2,steps_per_epoch=5,pct_start=.5,anneal_strategy='linear',div_factor=5,final_div_factor=10),lambda o:T.optim.lr_scheduler.OneCycleLR(o,.5,total_steps=10,three_phase=True,cycle_momentum=False))]
sch_one_over | p=T.ones(1,requires_grad=True); o=T.optim.SGD([p],.1,momentum=.9); s=T.optim.lr_scheduler.OneCycleLR(o,.5,total_steps=2); [(o.step(),s.step()) for _ in range(4)]
sch_plat | R=[train(lambda m:T.optim.SGD(m.parameters(),.5),sched=s,steps=12)[:2] for s in (lambda o:T.optim.lr_scheduler.ReduceLROnPlateau(o,patience=1,factor=.5,threshold=.3),lambda o:T.optim.lr_scheduler.ReduceLROnPlateau(o,mode='max',patience=0,cooldown=2,min_lr=.01),lambda o:T.optim.lr_scheduler.ReduceLROnPlateau(o,patience=0,threshold=.01,threshold_mode='abs',eps=.2))]
sch_seq | R=[train(lambda m:T.optim.SGD(m.parameters(),.1),sched=s,steps=8)[:2] for s in (lambda o:T.optim.lr_scheduler.SequentialLR(o,[T.optim.lr_scheduler.ConstantLR(o,.1,2),T.optim.lr_scheduler.ExponentialLR(o,.9)],[2]),lambda o:T.optim.lr_scheduler.ChainedScheduler([T.optim.lr_scheduler.ConstantLR(o,.1,3),T.optim.lr_scheduler.ExponentialLR(o,.9)]))]
sch_last | o=T.optim.SGD([T.ones(1,requires_grad=True)],.1); T.optim.lr_scheduler.StepLR(o,2,last_epoch=3)
sch_state | o=T.optim.SGD([T.ones(1,requires_grad=True)],.1); s=T.optim.lr_scheduler.StepLR(o,2); [(o.step(),s.step()) for _ in range(3)]; d=s.state_dict(); o2=T.optim.SGD([T.ones(1,requires_grad=True)],.1); s2=T.optim.lr_scheduler.StepLR(o2,2); s2.load_state_dict(d); R=s2.last_epoch,s2.get_last_lr(),s2.base_lrs
sch_bad | T.optim.lr_scheduler.StepLR(5,2)
sch_plat_bad | T.optim.lr_scheduler.ReduceLROnPlateau(T.optim.SGD([T.ones(1,requires_grad=True)],.1),factor=1.)
sch_plat_mode | T.optim.lr_scheduler.ReduceLROnPlateau(T.optim.SGD([T.ones(1,requires_grad=True)],.1),mode='foo')
swa | m=nn.Linear(2,1); a=T.optim.swa_utils.AveragedModel(m); a.update_parameters(m); m.weight.data.add_(1.); a.update_parameters(m); R=list(a.module.parameters()),a.n_averaged
ema | m=nn.Linear(2,1); a=T.optim.swa_utils.AveragedModel(m,multi_avg_fn=T.optim.swa_utils.get_ema_multi_avg_fn(.9)); a.update_parameters(m); m.weight.data.add_(1.); a.update_parameters(m); R=list(a.module.parameters())
init_all | R=[f(T.empty(4,3)) for f in (nn.init.uniform_,nn.init.normal_,nn.init.ones_,nn.init.zeros_,nn.init.xavier_uniform_,nn.init.xavier_normal_,nn.init.kaiming_uniform_,nn.init.kaiming_normal_,nn.init.trunc_normal_,nn.init.eye_,nn.init.orthogonal_)]
init_args | R=nn.init.uniform_(T.empty(3),-2,5),nn.init.normal_(T.empty(3),1.,.1),nn.init.xavier_uniform_(T.empty(4,3),gain=2.),nn.init.kaiming_normal_(T.empty(4,3,2),a=.2,mode='fan_out',nonlinearity='leaky_relu'),nn.init.kaiming_uniform_(T.empty(4,3),nonlinearity='tanh'),nn.init.trunc_normal_(T.empty(40),0.,2.,-1.,1.),nn.init.dirac_(T.empty(4,2,3)),nn.init.dirac_(T.empty(4,2,3,3),groups=2),nn.init.sparse_(T.empty(5,4),.3,std=.5),nn.init.orthogonal_(T.empty(3,5),gain=.5),nn.init.orthogonal_(T.empty(5,2,2)),nn.init.constant_(T.empty(2),3.)
init_gain | R=[nn.init.calculate_gain(n) for n in ('linear','conv2d','sigmoid','tanh','relu','leaky_relu','selu')],nn.init.calculate_gain('leaky_relu',.5)
init_gain_bad | nn.init.calculate_gain('foo')
init_bad | nn.init.kaiming_uniform_(T.empty(3),mode='fan_in')
init_mode_bad | nn.init.kaiming_uniform_(T.empty(3,2),mode='foo')
init_dirac_bad | nn.init.dirac_(T.empty(3,2))
init_f64 | R=nn.init.uniform_(T.empty(3,dtype=T.float64)),nn.init.normal_(T.empty(3,dtype=T.float64)),nn.init.normal_(T.empty(20,dtype=T.float64)),T.rand(3,dtype=T.float64),T.randn(3,dtype=T.float64),T.randn(17,dtype=T.float64),nn.Linear(2,3,dtype=T.float64).weight,nn.Embedding(3,2,dtype=T.float64).weight,nn.LSTM(2,3,dtype=T.float64).weight_hh_l0,nn.Conv2d(1,2,3,dtype=T.float64).bias,nn.LayerNorm(3,dtype=T.float64).weight
init_half | R=T.rand(3,dtype=T.float16),T.randn(3,dtype=T.float16),T.empty(4,dtype=T.float16).uniform_(),T.randint(0,5,(3,),dtype=T.float32),T.randint(5,(3,),dtype=T.int32),T.randint(-3,3,(4,)),T.rand(2,2,requires_grad=True),T.normal(0.,1.,(3,)),T.normal(T.zeros(3),T.ones(3)*2),T.normal(T.zeros(2),1.),T.randperm(5,dtype=T.int32),T.bernoulli(T.full((5,),.3)),T.multinomial(t([.1,.2,.7]),2),T.multinomial(t([[.1,.9],[.5,.5]]),3,True),T.poisson(t([1.,5.,100.])),T.rand_like(T.ones(2)),T.randint_like(T.ones(3),5)
init_default64 | T.set_default_dtype(T.float64); m=nn.Linear(2,3); T.set_default_dtype(T.float32); R=m.weight
tens_fill | x=T.empty(6); R=x.uniform_(1,2).clone(),x.normal_(0,2).clone(),x.exponential_(.5).clone(),x.bernoulli_(.3).clone(),x.random_(10).clone(),x.random_(2,5).clone(),x.geometric_(.4).clone(),x.cauchy_().clone(),x.log_normal_().clone(),T.empty(3,dtype=T.int64).random_()
gen | g=T.Generator().manual_seed(5); R=T.rand(3,generator=g),T.randn(3,generator=g),T.randperm(4,generator=g),T.randint(0,9,(2,),generator=g),g.initial_seed()
gen_state | s=T.get_rng_state(); a=T.rand(2); T.set_rng_state(s); R=a,T.rand(2),T.initial_seed()
seed_ret | R=T.manual_seed(3).initial_seed(),T.seed()>0
sd_missing | m=nn.Linear(2,1); R=m.load_state_dict({'weight':T.ones(1,2)},strict=False)
sd_missing_repr | R=repr(nn.Linear(2,1).load_state_dict({'weight':T.ones(1,2)},strict=False)),repr(nn.Linear(2,1).load_state_dict(nn.Linear(2,1).state_dict()))
sd_msg | R=''\ntry: nn.Sequential(nn.Linear(2,1)).load_state_dict({'0.weight':T.ones(1,2),'foo':T.ones(1)})\nexcept RuntimeError as e: R=str(e)
sd_msg2 | R=''\ntry: nn.Linear(2,1).load_state_dict({'weight':T.ones(3,2),'bias':T.ones(1)})\nexcept RuntimeError as e: R=str(e)
sd_assign | m=nn.Linear(2,1); w=T.ones(1,2,dtype=T.float64); m.load_state_dict({'weight':w,'bias':T.ones(1)},assign=True); R=m.weight,m.weight.dtype==T.float64,type(m.weight).__name__
sd_shares | m=nn.Linear(2,1); s=m.state_dict(); m.weight.data.fill_(7.); R=s
sd_dtype | m=nn.Linear(2,1); m.load_state_dict({'weight':T.ones(1,2,dtype=T.float64),'bias':T.zeros(1)}); R=m.weight
sd_prefix | R=list(nn.BatchNorm1d(2).state_dict(prefix='x.')),nn.Linear(1,1).state_dict(keep_vars=True)['weight'].requires_grad,list(nn.Sequential(nn.BatchNorm1d(2),nn.Linear(1,1)).state_dict())
sd_scalar | m=nn.BatchNorm1d(2); s=m.state_dict(); s['num_batches_tracked']=T.tensor(7); m.load_state_dict(s); R=m.num_batches_tracked
sd_nonmod | nn.Linear(1,1).load_state_dict([1,2])
sd_copy | m=nn.Sequential(nn.Linear(2,2),nn.BatchNorm1d(2)); c=copy.deepcopy(m); c[0].weight.data.zero_(); R=m(T.arange(4.).reshape(2,2)),c(T.arange(4.).reshape(2,2))
dc | m=nn.LSTM(2,3); R=copy.deepcopy(m)(T.ones(2,1,2)),pickle.loads(pickle.dumps(m))(T.ones(2,1,2)),copy.copy(m).weight_ih_l0 is m.weight_ih_l0
dc_grad | p=nn.Parameter(T.ones(2)); (p*2).sum().backward(); q=copy.deepcopy(p); R=q,q.grad,type(q).__name__,q is p
dc_views | x=T.arange(4.); d={'a':x,'b':x[1:]}; e=copy.deepcopy(d); e['a'][1]=9; R=e['b'],x
dc_tied | m=nn.Sequential(nn.Linear(2,2),nn.Linear(2,2)); m[1].weight=m[0].weight; c=copy.deepcopy(m); R=c[0].weight is c[1].weight,len(list(c.parameters())),list(c.state_dict())
save_load | b=io.BytesIO(); T.save({'a':T.ones(2),'m':nn.Linear(2,1).state_dict(),'e':3,'s':'x','l':[1,(2.,None)]},b); b.seek(0); R=T.load(b)
save_view | b=io.BytesIO(); x=T.arange(4.); T.save([x,x[1:]],b); b.seek(0); y=T.load(b); y[0][1]=9; R=y
save_module | b=io.BytesIO(); T.save(nn.Linear(2,1),b); b.seek(0); R=T.load(b,weights_only=False)(T.ones(1,2))
save_dtypes | b=io.BytesIO(); T.save([T.ones(2,dtype=d) for d in (T.float16,T.int8,T.bool,T.uint8,T.float64)]+[T.ones(2,requires_grad=True),T.ones(2,3).t(),t(5),T.zeros(0,2)],b); b.seek(0); R=T.load(b)
load_bad | T.load(io.BytesIO(b'garbage'))
hooks_pre | m=nn.Linear(2,1); m.register_forward_pre_hook(lambda m,a:(a[0]*2,)); m.register_forward_hook(lambda m,a,o:o+1); R=m(T.ones(1,2))
hooks_kw | class M(nn.Module):\n  def forward(s,x,k=1.): return x*k\nm=M(); m.register_forward_pre_hook(lambda m,a,k:(a,{'k':3.}),with_kwargs=True); m.register_forward_hook(lambda m,a,k,o:(o,k),with_kwargs=True); R=m(T.ones(2),k=2.)
hooks_order | L=[]; m=nn.ReLU(); m.register_forward_hook(lambda *a:L.append(1)); m.register_forward_hook(lambda *a:L.append(2),prepend=True); h=m.register_forward_pre_hook(lambda *a:L.append(0)); m(T.ones(1)); h.remove(); m(T.ones(1)); R=L
hooks_bw | L=[]; m=nn.Linear(2,1); m.register_full_backward_hook(lambda m,i,o:L.append((i,o))); m.register_full_backward_pre_hook(lambda m,o:(o[0]*2,)); m(T.ones(1,2,requires_grad=True)).sum().backward(); R=L,m.weight.grad
hooks_bw_mod | m=nn.Linear(2,1); m.register_full_backward_hook(lambda m,i,o:(i[0]*10,)); x=T.ones(1,2,requires_grad=True); m(x).sum().backward(); R=x.grad,m.weight.grad
hooks_global | L=[]; h=nn.modules.module.register_module_forward_hook(lambda m,a,o:L.append(type(m).__name__)); nn.Sequential(nn.ReLU())(T.ones(1)); h.remove(); R=L
param_z | class P(nn.Module):\n  def forward(s,x): return x.triu()+x.triu(1).mT\nm=nn.Linear(3,3); nn.utils.parametrize.register_parametrization(m,'weight',P()); y=m(T.ones(1,3)); y.sum().backward(); R=m.weight,[n for n,_ in m.named_parameters()],m.parametrizations.weight.original.grad,nn.utils.parametrize.is_parametrized(m),list(m.state_dict()),repr(m)
param_rm | class P(nn.Module):\n  def forward(s,x): return x*2\nm=nn.Linear(2,2); nn.utils.parametrize.register_parametrization(m,'weight',P()); nn.utils.parametrize.remove_parametrizations(m,'weight'); R=m.weight,repr(m),list(m.state_dict())
param_inv | class P(nn.Module):\n  def forward(s,x): return x.exp()\n  def right_inverse(s,y): return y.log()\nm=nn.Linear(2,2); nn.utils.parametrize.register_parametrization(m,'bias',P(),unsafe=True); m.bias=T.ones(2); R=m.bias,m.parametrizations.bias.original
wn | m=nn.utils.weight_norm(nn.Linear(3,2),dim=d) if (d:=0)+1 else 0; y=m(T.ones(1,3)); y.sum().backward(); R=y,[(n,p,p.grad) for n,p in m.named_parameters()],list(m.state_dict()),nn.utils.remove_weight_norm(m).weight
wn2 | m=nn.utils.parametrizations.weight_norm(nn.Conv1d(2,3,2),dim=1); R=go(m,T.randn(1,2,4)),list(m.state_dict())
wn_none | m=nn.utils.parametrizations.weight_norm(nn.Linear(2,3),dim=None); R=go(m,T.randn(1,2))
sn | m=nn.utils.spectral_norm(nn.Linear(4,3),n_power_iterations=2); R=[m(T.ones(1,4)) for _ in range(3)],m.eval()(T.ones(1,4)),list(m.state_dict())
sn2 | m=nn.utils.parametrizations.spectral_norm(nn.Linear(4,3)); R=go(m,T.randn(2,4)),m.eval()(T.ones(1,4)),list(m.state_dict())
orth | m=nn.utils.parametrizations.orthogonal(nn.Linear(3,3)); R=(m.weight@m.weight.mT).detach().round()
clip | ps=[T.ones(3,requires_grad=True) for _ in range(2)]; (ps[0]*3+ps[1]*t([1.,2.,-4.])).sum().backward(); R=[nn.utils.clip_grad_norm_(ps,2.,norm_type=n) for n in (2.,1.,inf,3.,0.5)],[p.grad for p in ps],nn.utils.get_total_norm([p.grad for p in ps])
clip_nan | p=T.ones(2,requires_grad=True); p.grad=t([nan,1.]); nn.utils.clip_grad_norm_(p,1.,error_if_nonfinite=True)
clip_nan2 | p=T.ones(2,requires_grad=True); p.grad=t([inf,1.]); R=nn.utils.clip_grad_norm_(p,1.),p.grad
clip_small | p=T.ones(2,requires_grad=True); p.grad=t([.1,.1]); nn.utils.clip_grad_norm_(p,1.); R=p.grad
vec | m=nn.Linear(2,1); v=nn.utils.parameters_to_vector(m.parameters()); nn.utils.vector_to_parameters(v*2,m.parameters()); R=v,list(m.parameters())
fuse | c,b=nn.Conv2d(1,2,2).eval(),nn.BatchNorm2d(2).eval(); b.running_mean.add_(.5); R=nn.utils.fusion.fuse_conv_bn_eval(c,b)(T.ones(1,1,3,3)),
prune | m=nn.Linear(4,2); T.nn.utils.prune.l1_unstructured(m,'weight',amount=.5); R=m.weight,list(m.state_dict())
"""
)

test_a_line_gives_what_it_gives_in_pytorch, test_what_differs_is_among_the_lines = comparisons(
    PROGRAMS, COMPUTED_HERE, REFUSED_HERE, OTHER
)
